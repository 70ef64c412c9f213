import { errorResponse, failureResponse } from "../bindings/rpc/http.ts";
import type { LakeSource, StreamOptions } from "../durable-objects/lake-source.ts";
import { bodyText } from "./body-text.ts";

/** GET, POST and DELETE /db/NAME/stream: what streams to the lake, what shall, and the end of it. */
export async function answerStream(
  request: Request,
  databases: DurableObjectNamespace<LakeSource>,
  name: string,
  readOnly: boolean,
): Promise<Response> {
  const { method } = request;
  if (!["GET", "POST", "DELETE"].includes(method)) {
    return errorResponse(
      405,
      { code: "Method", message: `${method} is not allowed here; GET, POST and DELETE are` },
      { allow: "GET, POST, DELETE" },
    );
  }
  if (readOnly && method !== "GET")
    return errorResponse(403, { code: "ReadOnly", message: "this token may read only" });
  const stub = databases.get(databases.idFromName(name));
  try {
    if (method === "GET") return Response.json({ tables: await stub.lakeStatus() });
    if (method === "DELETE") {
      await stub.stopStreaming();
      return Response.json({ tables: [] });
    }
    const text = await bodyText(request);
    if (typeof text !== "string") {
      const code = text.status === 413 ? "BodyTooLarge" : "Json";
      return errorResponse(text.status, { code, message: text.message });
    }
    const options = optionsOf(text);
    if (typeof options === "string") return errorResponse(400, { code: "Json", message: options });
    const answer = await stub.answerStream(options);
    return "error" in answer
      ? errorResponse(400, { code: answer.code as "NoSuchObject", message: answer.error })
      : Response.json(answer);
  } catch (error) {
    return failureResponse(error);
  }
}

function optionsOf(text: string): StreamOptions | string {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return "the body is not JSON";
  }
  const isText = (v: unknown): boolean => typeof v === "string" && v !== "";
  const areTexts = (v: unknown): boolean => Array.isArray(v) && v.length > 0 && v.every(isText);
  if (typeof body !== "object" || body === null) return "the body is not an object";
  const { warehouse, namespace, tables, where, as, partitionBy, sortBy, ...others } =
    body as Record<string, unknown>;
  const [other] = Object.keys(others);
  if (other !== undefined)
    return `${other} is not known here: warehouse, namespace, tables, where, as, partitionBy, sortBy are`;
  if (!isText(namespace) && !areTexts(namespace)) return "namespace is a name or a list of names";
  const isWarehouse =
    isText(warehouse) && /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$/.test(warehouse as string);
  if (warehouse !== undefined && !isWarehouse)
    return "a warehouse is named by letters, digits, _ . -";
  if (tables !== undefined && !areTexts(tables)) return "tables is a list of names";
  if (where !== undefined && !(isText(where) && tables !== undefined))
    return "where is an SQL expression about the rows of tables, which must be named";
  const isNames =
    typeof as === "object" && as !== null && !Array.isArray(as) && Object.values(as).every(isText);
  if (as !== undefined && !(isNames && tables !== undefined))
    return "as is an object of the tables' names in the lake, by names of tables";
  for (const [name, terms] of Object.entries({ partitionBy, sortBy })) {
    if (terms === undefined) continue;
    if (tables === undefined || !(Array.isArray(terms) && terms.every(isText)))
      return `${name} is a list of columns of tables, which must be named`;
  }
  return body as StreamOptions;
}
