/**
 * PageHost: where a database's rows of bytes live, as the engine's imports need it
 * (core/host/page_store.h is the same contract on the other side).
 *
 * Bytes handed to `put` are a view of the module's memory: they must be used or copied before the
 * call returns. A thrown error becomes Io inside the engine and the cause of the DoSQLError outside.
 */
export interface PageHost {
  /** 0: all puts of a turn become durable together or not at all. 1: a file, made durable by sync. */
  readonly faultModel: 0 | 1;
  /**
   * The row, or null when there is none. The caller copies it at once; an extent's ArrayBuffer is the
   * caller's to detach.
   */
  get(kind: number, number: number): ArrayBuffer | Uint8Array | null;
  /** As `get`, `size` bytes of the row from byte `from` on; fewer, or null, when it ends before. */
  getPart(
    kind: number,
    number: number,
    from: number,
    size: number,
  ): ArrayBuffer | Uint8Array | null;
  put(kind: number, number: number, data: Uint8Array): void;
  /** Puts if row (predKind, predNumber) exists and begins with `head`; says whether it did. */
  putIf(
    kind: number,
    number: number,
    data: Uint8Array,
    predKind: number,
    predNumber: number,
    head: Uint8Array,
  ): boolean;
  sync(): void;
  /** The host calls `endTurn` when the running turn ends, before its puts become durable. */
  scheduleEndTurn(endTurn: () => void): void;
  trimLog(sequence: number): void;
  /**
   * Called when commits of this turn are lost although their statements succeeded: nothing that was
   * computed from them may leave. May not return.
   */
  withhold?(reason: string): void;
  close(): void;
}

/** Row kinds; numbers as in core/host/page_store.h. */
export const RowKind = { Super: 1, Log: 2, Extent: 3 } as const;

/** Largest extent row, and slots of the log's ring (core/host/page_store.h). */
export const EXTENT_BYTES = 128 << 10;
export const LOG_SLOTS = 4096;

/**
 * The platform's limit for one row, which its local runtime does not enforce. Two decimal megabytes
 * are the stricter reading of "2 MB"; 64 bytes are left for the key and the record's header.
 */
export const ROW_BYTES_MAX = 2_000_000 - 64;

/** One number for a row's kind and number; exact in a double. */
export const rowId = (kind: number, number: number): number => kind * 2 ** 32 + (number >>> 0);

export function checkRowSize(data: Uint8Array): void {
  if (data.byteLength > ROW_BYTES_MAX) {
    throw new RangeError(`a storage row of ${data.byteLength} bytes; at most ${ROW_BYTES_MAX} fit`);
  }
}

/** Whether `row` begins with `head`. */
export function beginsWith(row: Uint8Array, head: Uint8Array): boolean {
  if (row.length < head.length) return false;
  for (let i = 0; i < head.length; i++) if (row[i] !== head[i]) return false;
  return true;
}
