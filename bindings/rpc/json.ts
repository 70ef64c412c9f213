import { DoSQLError } from "../sql/error.ts";
import type { SqlParameter, SqlValue } from "../sql/value.ts";
import type { Query } from "./wire.ts";

/** Statements that happen all or not at all, as a request names them. */
export interface Batch {
  batch: readonly Query[];
}

/**
 * Values in JSON, in both directions:
 *   null, string                      as they are
 *   integer                           a number; {"$int64": "..."} beyond 2^53
 *   real                              a number; {"$real": "Infinity"} or "-Infinity"
 *   blob                              {"$blob": "base64"}
 */
export type JsonValue =
  null | number | string | { $int64: string } | { $real: string } | { $blob: string };

export function toJson(value: SqlValue): JsonValue {
  switch (typeof value) {
    case "bigint":
      return { $int64: value.toString() };
    case "number":
      return Number.isFinite(value) ? value : { $real: String(value) };
    case "object":
      return value === null ? null : { $blob: base64(new Uint8Array(value)) };
    default:
      return value;
  }
}

export function fromJson(value: unknown, where: string): SqlParameter {
  if (value === null || typeof value === "number" || typeof value === "string") return value;
  if (typeof value === "object" && !Array.isArray(value)) {
    const entries = Object.entries(value);
    const [tag, text] = entries[0] ?? [];
    if (entries.length === 1 && typeof text === "string") {
      if (tag === "$int64" && /^-?\d{1,19}$/.test(text)) return BigInt(text);
      if (tag === "$real" && text === "Infinity") return Infinity;
      if (tag === "$real" && text === "-Infinity") return -Infinity;
      if (tag === "$blob") {
        try {
          return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
        } catch {
          throw malformed(`${where}: $blob is not base64`);
        }
      }
    }
  }
  throw malformed(
    `${where}: expected null, a number, a string, {"$int64": "..."}, {"$real": "..."} or ` +
      `{"$blob": "..."}`,
  );
}

/** A request's body as Query or Batch; DoSQLError (Misuse) when it is neither. */
export function parseRequest(body: unknown): Query | Batch {
  // A bare list is a batch, too.
  const record = Array.isArray(body) ? { batch: body } : asRecord(body, "the body");
  if (record.batch === undefined) return parseQuery(record, "the body");
  if (!Array.isArray(record.batch)) throw malformed("batch: expected an array");
  return {
    batch: record.batch.map((q, i) => parseQuery(asRecord(q, `batch[${i}]`), `batch[${i}]`)),
  };
}

function parseQuery(record: Record<string, unknown>, where: string): Query {
  const { sql, params = [] } = record;
  if (typeof sql !== "string") throw malformed(`${where}: sql must be a string`);
  if (!Array.isArray(params)) throw malformed(`${where}: params must be an array`);
  return { sql, params: params.map((value, i) => fromJson(value, `${where}: params[${i}]`)) };
}

function asRecord(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw malformed(`${where}: expected {"sql": ..., "params": [...]} or {"batch": [...]}`);
  }
  return value as Record<string, unknown>;
}

const malformed = (message: string): DoSQLError => new DoSQLError("Misuse", message);

function base64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  }
  return btoa(text);
}
