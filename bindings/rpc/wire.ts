import { DoSQLError, type ErrorName, type ErrorPlace } from "../sql/error.ts";
import type { SqlParameter } from "../sql/value.ts";

/**
 * What crosses between a Worker and the object: requests as values, rows as the engine's result
 * frames, errors as words, because an exception would lose all but its message on the way.
 */

/** One statement (or several; parameters and rows are the last one's). */
export interface Query {
  sql: string;
  params?: readonly SqlParameter[];
}

export interface WireRequest {
  queries: readonly Query[];
  /** All or nothing; without it there is one query, in no transaction but its own. */
  atomic?: boolean;
  /** Only the first row of a query that writes nothing. */
  first?: boolean;
  /** Refuse what writes. */
  readOnly?: boolean;
}

export interface QueryMeta {
  /** Rows inserted, updated or deleted. */
  changes: number;
  /** A bigint beyond 2^53. */
  last_row_id: number | bigint;
  /** Rows and index entries read and written. */
  rows_read: number;
  rows_written: number;
  /** Milliseconds. */
  duration: number;
  /** Whether the query wrote anything. */
  changed_db: boolean;
}

export interface WireResult {
  columns: readonly string[];
  /** Result frames (core/engine/frame_format.h), each in a buffer of its own. */
  rows: ArrayBuffer[];
  /** Statements that the query's text held. */
  statements: number;
  meta: QueryMeta;
}

export interface WireError extends ErrorPlace {
  code: ErrorName;
  message: string;
}

export interface WireResults {
  results: WireResult[];
  /** Bytes that the object's storage takes. */
  size: number;
}

export type WireAnswer = WireResults | { error: WireError };

/** Most bytes of an answer: what the platform lets through, less room for what is around the rows. */
export const ANSWER_BYTES_MAX = (32 << 20) - (64 << 10);

/** The words of whatever a call threw; throws it again when it is not the database's. */
export function errorWords(error: unknown): WireError {
  if (error instanceof TypeError) return { code: "Parameter", message: error.message };
  if (!(error instanceof DoSQLError)) throw error;
  const { code, message, offset, line, column, token, hint } = error;
  return { code, message, offset, line, column, token, hint };
}

/** The other way: the results, or the error as an exception. */
export function unpack(answer: WireAnswer): WireResults {
  if (!("error" in answer)) return answer;
  const { code, message, ...place } = answer.error;
  throw new DoSQLError(code, message, place);
}
