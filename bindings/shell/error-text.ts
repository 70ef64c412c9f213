import { StatementError } from "./connection.ts";
import { printable } from "./cell-text.ts";
import { textWidth } from "./text-width.ts";

const CONTEXT_MAX = 72; // characters of a line that are shown

/** Where a statement came from: the file and the line of its beginning. */
export interface Origin {
  file: string | null;
  line: number;
}

/**
 * What a user is told of a failure:
 *
 *   Error in load.sql, line 12: no such column: nme (SQLITE_ERROR)
 *     SELECT nme FROM t
 *            ^--- line 1, column 8
 *     hint: ...
 */
export function errorText(error: unknown, sql: string, origin: Origin | null): string {
  if (!(error instanceof StatementError)) {
    return `Error: ${error instanceof Error ? error.message : String(error)}\n`;
  }
  const { message, code, line, column, hint } = error.words;
  let text = "Error";
  if (origin !== null) {
    const at = origin.line + (line ?? 1) - 1;
    text += origin.file === null ? ` near line ${at}` : ` in ${origin.file}, line ${at}`;
  }
  text += `: ${message}`;
  if (code !== undefined && code !== "SQLITE_ERROR") text += ` (${code})`;
  text += "\n";
  if (line !== undefined && column !== undefined && line > 0) {
    text += pointedAt(sql.split("\n")[line - 1] ?? "", line, column);
  }
  if (hint !== undefined) text += `  hint: ${hint}\n`;
  return text;
}

function pointedAt(source: string, line: number, column: number): string {
  // A long line is cut so that the place stays in sight.
  const start = column > CONTEXT_MAX - 12 ? column - Math.floor(CONTEXT_MAX / 2) : 0;
  const visible = (text: string): string => printable(text).replaceAll("\t", " ");
  const lead = start > 0 ? "..." : "";
  const before = lead + visible(source.slice(start, column - 1));
  const after = visible(source.slice(column - 1, start + CONTEXT_MAX));
  const more = source.length > start + CONTEXT_MAX ? "..." : "";
  const pad = " ".repeat(textWidth(before));
  return `  ${before}${after}${more}\n  ${pad}^--- line ${line}, column ${column}\n`;
}
