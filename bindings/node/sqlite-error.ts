import { DoSQLError, type ErrorPlace } from "../sql/error.ts";

/**
 * SqliteError: what the Node door throws when the database refuses. `code` is SQLite's name, such as
 * SQLITE_CONSTRAINT_UNIQUE; place and hint are DoSQL's additions.
 */
export class SqliteError extends Error implements ErrorPlace {
  override readonly name = "SqliteError";
  readonly code: string;
  /** Offset in the text, in UTF-16 units; line and column are 1-based. */
  declare readonly offset?: number;
  declare readonly line?: number;
  declare readonly column?: number;
  /** The word at that place. */
  declare readonly token?: string;
  /** What to do about it. */
  declare readonly hint?: string;

  constructor(message: string, code: string, place: ErrorPlace = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    if (typeof code !== "string") throw new TypeError("Expected second argument to be a string");
    this.code = code;
    for (const [key, value] of Object.entries(place)) {
      if (value !== undefined) Object.defineProperty(this, key, { value, enumerable: true });
    }
  }
}

/** What to throw for an error that came out of the engine. */
export function sqliteError(error: unknown): unknown {
  if (!(error instanceof DoSQLError)) return error;
  const { message, code, offset, line, column, token, hint } = error;
  if (code === "Misuse" && message.includes("more than one statement")) {
    return new RangeError(message);
  }
  return new SqliteError(message, error.sqliteCode, { offset, line, column, token, hint }, error);
}

/** The error for a part of better-sqlite3 that is not there. */
export function notSupported(what: string): SqliteError {
  return new SqliteError(`${what} is not supported`, "SQLITE_ERROR");
}
