/** Parts of SQL text, as far as one must know them to find parameters and the ends of statements. */
export type TokenKind =
  "blank" | "comment" | "quoted" | "word" | "parameter" | "semicolon" | "other";

export interface Token {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
  /** False for a comment or a quoted text that the text's end cut off. */
  readonly closed: boolean;
}

const WORD = /[\w$\u0080-\uffff]/;
const BLANK = /\s/;
// With Tcl's forms: $a::b(index).
const PARAMETER = /\?\d*|[:@#][\w$\u0080-\uffff]+|\$(?:[\w$\u0080-\uffff]|::)+(?:\([^\s)]*\))?/y;

/** The tokens of `sql` from `at` on, without gaps. */
export function* scan(sql: string, at = 0): Generator<Token, void> {
  while (at < sql.length) {
    const token = next(sql, at);
    yield token;
    at = token.end;
  }
}

function next(sql: string, start: number): Token {
  const made = (kind: TokenKind, end: number): Token => ({
    kind,
    start,
    end: end < 0 ? sql.length : end,
    closed: end >= 0,
  });
  const c = sql[start];
  if (BLANK.test(c)) return made("blank", runEnd(sql, start, BLANK));
  switch (c) {
    case ";":
      return made("semicolon", start + 1);
    case "'":
    case '"':
    case "`":
      return made("quoted", quoteEnd(sql, start, c));
    case "[":
      return made("quoted", behind(sql, "]", start + 1));
    case "-":
      if (sql[start + 1] !== "-") break;
      return { ...made("comment", behind(sql, "\n", start)), closed: true };
    case "/":
      if (sql[start + 1] !== "*") break;
      return made("comment", behind(sql, "*/", start + 2));
    case "?":
    case ":":
    case "@":
    case "#":
    case "$":
      PARAMETER.lastIndex = start;
      if (PARAMETER.test(sql)) return made("parameter", PARAMETER.lastIndex);
  }
  return WORD.test(c) ? made("word", runEnd(sql, start, WORD)) : made("other", start + 1);
}

function runEnd(sql: string, at: number, kind: RegExp): number {
  while (at < sql.length && kind.test(sql[at])) at++;
  return at;
}

function behind(sql: string, what: string, from: number): number {
  const at = sql.indexOf(what, from);
  return at < 0 ? -1 : at + what.length;
}

// A quote is written twice inside of itself.
function quoteEnd(sql: string, start: number, quote: string): number {
  for (let at = start + 1; ; at += 2) {
    at = sql.indexOf(quote, at);
    if (at < 0) return -1;
    if (sql[at + 1] !== quote) return at + 1;
  }
}
