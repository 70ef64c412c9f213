import { DoSQLError, type ErrorName } from "../sql/error.ts";
import { DEFAULT_SHAPE } from "../sql/frame.ts";
import { parseRequest, toJson } from "./json.ts";
import { rowArrays, type Callee } from "./remote.ts";
import type { WireResult } from "./wire.ts";

/** Largest request body. */
export const BODY_BYTES_MAX = 16 << 20;

// The rest is the caller's doing: 400.
const SERVER_ERRORS: ReadonlySet<ErrorName> = new Set<ErrorName>([
  "NoMemory",
  "Full",
  "Blocked",
  "Io",
  "Corrupt",
  "NotADatabase",
  "Stale",
  "Poisoned",
  "Internal",
]);

/** What an error answer holds under "error". */
export interface ErrorBody {
  /** A name of core/base/error_codes.def, or of HTTP's own refusals (HttpErrorName). */
  code: ErrorName | HttpErrorName;
  message: string;
  /** SQLite's name for the code. */
  sqlite?: string;
  offset?: number;
  line?: number;
  column?: number;
  token?: string;
  hint?: string;
}

export type HttpErrorName =
  "NotFound" | "Method" | "BodyTooLarge" | "MediaType" | "Json" | "Unavailable";

export function errorResponse(status: number, error: ErrorBody, headers?: HeadersInit): Response {
  return Response.json({ error }, { status, headers });
}

/** The answer to whatever was thrown. */
export function failureResponse(error: unknown): Response {
  if (error instanceof DoSQLError) {
    const { code, message, sqliteCode, offset, line, column, token, hint } = error;
    const status = code === "ReadOnly" ? 403 : SERVER_ERRORS.has(code) ? 500 : 400;
    return errorResponse(status, {
      code,
      message,
      sqlite: sqliteCode,
      offset,
      line,
      column,
      token,
      hint,
    });
  }
  if (error instanceof TypeError) {
    return errorResponse(400, { code: "Parameter", message: error.message });
  }
  // The platform's own: the object restarts, or has too much to do.
  const { retryable, overloaded } = error as { retryable?: boolean; overloaded?: boolean };
  if (retryable || overloaded) {
    return errorResponse(
      503,
      { code: "Unavailable", message: String(error) },
      { "retry-after": overloaded ? "5" : "1" },
    );
  }
  return errorResponse(500, { code: "Internal", message: String(error) });
}

/** POST .../query: reads the request, has it executed, writes the answer. */
export async function answerQuery(
  request: Request,
  object: Callee,
  readOnly: boolean,
): Promise<Response> {
  if (request.method !== "POST") {
    return errorResponse(
      405,
      { code: "Method", message: `${request.method} is not allowed here, POST is` },
      { allow: "POST" },
    );
  }
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    return errorResponse(415, { code: "MediaType", message: "the body must be application/json" });
  }
  const text = await bodyText(request);
  if (text === null) {
    return errorResponse(413, {
      code: "BodyTooLarge",
      message: `a request has at most ${BODY_BYTES_MAX} bytes`,
    });
  }
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    return errorResponse(400, { code: "Json", message: `the body is not JSON: ${String(error)}` });
  }
  try {
    const asked = parseRequest(body);
    const atomic = "batch" in asked;
    const queries = atomic ? asked.batch : [asked];
    const { results, size } = await object.call({ queries, atomic, readOnly });
    const plain = results.map((result) => toPlain(result, size));
    return Response.json(atomic ? { results: plain } : plain[0]);
  } catch (error) {
    return failureResponse(error);
  }
}

function toPlain(result: WireResult, size: number): object {
  const { columns, meta } = result;
  return {
    columns,
    rows: rowArrays(result, DEFAULT_SHAPE).map((row) => row.map(toJson)),
    meta: { ...meta, last_row_id: toJson(meta.last_row_id), size_after: size },
  };
}

// The body, or null when it is too long; never holds more than the limit.
async function bodyText(request: Request): Promise<string | null> {
  if (Number(request.headers.get("content-length") ?? 0) > BODY_BYTES_MAX) return null;
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    const part = chunk as Uint8Array;
    bytes += part.byteLength;
    if (bytes > BODY_BYTES_MAX) return null;
    text += decoder.decode(part, { stream: true });
  }
  return text + decoder.decode();
}
