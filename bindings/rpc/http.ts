import { DoSQLError, type ErrorName } from "../sql/error.ts";
import { parseRequest, toJson } from "./json.ts";
import type { Batch, BatchAnswer, Query, QueryAnswer } from "./query.ts";

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

export type HttpErrorName = "NotFound" | "Method" | "BodyTooLarge" | "MediaType" | "Json";

export function errorResponse(status: number, error: ErrorBody, headers?: HeadersInit): Response {
  return Response.json({ error }, { status, headers });
}

/** The answer to whatever was thrown. */
export function failureResponse(error: unknown): Response {
  if (error instanceof DoSQLError) {
    const { code, message, sqliteCode, offset, line, column, token, hint } = error;
    const status = SERVER_ERRORS.has(code) ? 500 : 400;
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
  return errorResponse(500, { code: "Internal", message: String(error) });
}

/** POST /query: reads the request, executes it, writes the answer. */
export async function answerQuery(
  request: Request,
  execute: (request: Query | Batch) => QueryAnswer | BatchAnswer,
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
    const answer = execute(parseRequest(body));
    return Response.json(
      "results" in answer ? { results: answer.results.map(plain) } : plain(answer),
    );
  } catch (error) {
    return failureResponse(error);
  }
}

function plain({ columns, rows, meta }: QueryAnswer): object {
  return {
    columns,
    rows: rows.map((row) => row.map(toJson)),
    meta: { ...meta, last_row_id: toJson(meta.last_row_id) },
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
