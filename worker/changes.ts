import { errorResponse } from "../bindings/rpc/http.ts";
import type { ChangeSource } from "../durable-objects/change-source.ts";

/** GET /db/NAME/changes?slot=NAME: a WebSocket to a subscriber of the database's changes. */
export async function answerChanges(
  request: Request,
  databases: DurableObjectNamespace<ChangeSource>,
  name: string,
  readOnly: boolean,
): Promise<Response> {
  if (request.method !== "GET") {
    return errorResponse(
      405,
      { code: "Method", message: `${request.method} is not allowed here; GET is` },
      { allow: "GET" },
    );
  }
  if (readOnly) {
    const message = "this token may read only; a subscriber moves its slot";
    return errorResponse(403, { code: "ReadOnly", message });
  }
  return databases.get(databases.idFromName(name)).fetch(request);
}
