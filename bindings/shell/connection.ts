import type { SqliteError } from "../node/sqlite-error.ts";

/** A value in a row. Integers are bigint where the connection can tell them from reals. */
export type Value = null | bigint | number | string | Uint8Array;

/** An error as it crosses threads and networks. */
export type ErrorWords = Pick<SqliteError, "message"> &
  Partial<Pick<SqliteError, "code" | "line" | "column" | "hint">>;

/** A statement failed: in the database, or on the way to it. */
export class StatementError extends Error {
  readonly words: ErrorWords;

  constructor(words: ErrorWords) {
    super(words.message);
    this.words = words;
  }
}

/** Takes rows as they come; the next ones wait until it is done. */
export type RowSink = (
  columns: readonly string[],
  rows: readonly Value[][],
) => void | Promise<void>;

export interface Outcome {
  /** Rows inserted, updated or deleted. */
  changes: number;
}

/**
 * Connection: a database that the shell talks to, in a thread of its own or over HTTP. One call at a
 * time. Failures are StatementErrors.
 */
export interface Connection {
  /** What the shell shows for it. */
  readonly name: string;
  /** Runs one statement; `sink` is called at least once when the statement has columns. */
  run(sql: string, sink?: RowSink): Promise<Outcome>;
  /**
   * Runs statements up to the first that returns rows, which it leaves alone, or that fails; gives the
   * number that ran. Only where that is faster than one by one.
   */
  runSilent?(sqls: readonly string[]): Promise<{ ran: number; error?: StatementError }>;
  /** Runs one INSERT for each of the rows. */
  insert(sql: string, rows: readonly Value[][]): Promise<void>;
  /** Ends the running call with an error. */
  cancel(): void;
  close(): Promise<void>;
}
