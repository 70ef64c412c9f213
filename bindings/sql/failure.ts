import { ERROR_CODES, type ErrorName } from "../abi/abi.gen.ts";
import { Word } from "./control.ts";
import { DoSQLError, type ErrorPlace } from "./error.ts";
import type { Statement } from "./statement.ts";
import { decodeText } from "./text.ts";
import type { SqlParameter } from "./value.ts";
import type { Views } from "./views.ts";

/**
 * The error in the control block at u32 word `control`. `start` is where in `sql` the compiled text
 * began; `hostError` becomes the cause of an error of storage.
 */
export function readFailure(
  views: Views,
  control: number,
  hostError: unknown,
  sql?: string,
  start = 0,
): DoSQLError {
  const word = (index: number): number => views.u32[control + index];
  const text = (address: number, size: number): string =>
    decodeText(views.u8.subarray(word(address), word(address) + word(size)));
  const name: ErrorName = ERROR_CODES[word(Word.code)]?.[0] ?? "Internal";
  const place: ErrorPlace = {};
  const offset = word(Word.errorOffset);
  if (offset !== 0xffffffff && sql !== undefined) placeIn(sql, start, offset, place);
  const token = text(Word.token, Word.tokenBytes);
  if (token !== "") place.token = token;
  const hint = text(Word.hint, Word.hintBytes);
  if (hint !== "") place.hint = hint;
  const cause = name === "Io" || name === "Poisoned" ? hostError : undefined;
  return new DoSQLError(name, text(Word.message, Word.messageBytes), place, cause);
}

/** The error for an exception out of the module. */
export function trapError(cause: unknown): DoSQLError {
  const words = cause instanceof Error ? cause.message : String(cause);
  return new DoSQLError("Internal", `the engine stopped: ${words}`, {}, cause);
}

export function deadStatement(): DoSQLError {
  return new DoSQLError("Misuse", "a statement of an engine that is gone");
}

export function wrongCount(statement: Statement, params: readonly SqlParameter[]): DoSQLError {
  return new DoSQLError(
    "Parameter",
    "Wrong number of parameter bindings for SQL query. " +
      `The statement has ${statement.parameters}, ${params.length} were given.`,
  );
}

// `offset` bytes behind `start` as line, column and UTF-16 offset of the whole text.
function placeIn(sql: string, start: number, offset: number, place: ErrorPlace): void {
  const rest = new TextEncoder().encode(sql.slice(start));
  place.offset = start + decodeText(rest.subarray(0, offset)).length;
  const before = sql.slice(0, place.offset);
  place.line = before.split("\n").length;
  place.column = place.offset - before.lastIndexOf("\n");
}
