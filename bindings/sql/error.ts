import { ERROR_CODES, type ErrorName } from "../abi/abi.gen.ts";

export type { ErrorName };

/** Where in the SQL text an error lies, as far as the engine could say. */
export interface ErrorPlace {
  /** Offset in the text, in UTF-16 units. */
  offset?: number;
  /** 1-based. */
  line?: number;
  /** 1-based. */
  column?: number;
  /** The word at that place. */
  token?: string;
  /** What to do about it. */
  hint?: string;
}

const SQLITE_NAMES = new Map<ErrorName, string>(ERROR_CODES);

/** Every failure of the database. `code` is the name in core/base/error_codes.def. */
export class DoSQLError extends Error implements ErrorPlace {
  override readonly name = "DoSQLError";
  readonly code: ErrorName;
  /** SQLite's name for the code, such as SQLITE_CONSTRAINT_UNIQUE. */
  readonly sqliteCode: string;
  readonly offset?: number;
  readonly line?: number;
  readonly column?: number;
  readonly token?: string;
  readonly hint?: string;

  constructor(code: ErrorName, message: string, place: ErrorPlace = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.sqliteCode = SQLITE_NAMES.get(code) ?? "SQLITE_ERROR";
    this.offset = place.offset;
    this.line = place.line;
    this.column = place.column;
    this.token = place.token;
    this.hint = place.hint;
  }
}
