import type { Shape } from "../sql/frame.ts";
import type { SqlValue } from "../sql/value.ts";
import type { QueryMeta } from "../rpc/wire.ts";

/** A value as rows hold it: integers are numbers, or bigint where a number would lose digits. */
export type Value = null | number | bigint | string | Uint8Array;

export type Row = Record<string, Value>;

/** What a statement did. A type, not an interface: D1Result wants it as a record, too. */
export type Meta = {
  /** Rows inserted, updated or deleted. */
  changes: number;
  /**
   * The rowid of the last row inserted. Typed as D1Database has it; beyond 2^53 it is a bigint, since
   * no number could hold it.
   */
  last_row_id: number;
  /** Rows and index entries read and written. */
  rows_read: number;
  rows_written: number;
  /** Milliseconds in the database. */
  duration: number;
  /** Bytes that the object's storage takes after the call. */
  size_after: number;
  /** Whether the statement wrote anything. */
  changed_db: boolean;
  served_by: string;
  served_by_primary: boolean;
  timings: { sql_duration_ms: number };
  total_attempts: number;
};

export interface Result<T = Row> {
  success: true;
  results: T[];
  meta: Meta;
}

export interface ExecResult {
  /** How many statements ran. */
  count: number;
  /** Milliseconds in the database. */
  duration: number;
}

// The engine's value type names ArrayBuffer for a blob; this door gives Uint8Array.
export const SHAPE: Shape = {
  bigints: false,
  blob: (bytes) => bytes as unknown as SqlValue,
};

export function fullMeta(meta: QueryMeta, size: number): Meta {
  const { last_row_id, duration } = meta;
  return {
    served_by: "dosql",
    served_by_primary: true,
    total_attempts: 1,
    timings: { sql_duration_ms: duration },
    ...meta,
    last_row_id: last_row_id as number,
    size_after: size,
  };
}
