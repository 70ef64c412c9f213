import { scan } from "../sql/scan.ts";

export interface CompleteStatement {
  /** From the first token that is no blank or comment to before the semicolon. */
  sql: string;
  /** Of its first token, 1-based, in all that was pushed. */
  line: number;
}

/**
 * StatementBuffer: cuts text that comes line by line into statements. A semicolon ends one, unless
 * it stands in a string, a name, a comment, or between CREATE TRIGGER and its END.
 */
export class StatementBuffer {
  // The statement so far, without what may still change when more text comes.
  #parts: string[] = [];
  #rest = "";
  #line = 1; // where #rest begins
  #startLine = 0; // where the statement begins; 0 it has not begun
  // Its first words, and whether a `;` or a `; END` came last: for triggers.
  #words: string[] = [];
  #tail: "" | ";" | "; END" = "";

  /** Whether no statement has begun. */
  get isEmpty(): boolean {
    return this.#startLine === 0 && this.#rest.trim() === "";
  }

  /** Takes more text (whole lines) and gives the statements that it completes. */
  push(text: string): CompleteStatement[] {
    const complete: CompleteStatement[] = [];
    const input = this.#rest + text;
    let at = 0;
    for (const { kind, start, end, closed } of scan(input)) {
      if (!closed) break;
      const token = input.slice(start, end);
      at = end;
      if (kind === "semicolon" && !this.#inTrigger()) {
        if (this.#startLine > 0) {
          complete.push({ sql: this.#parts.join("").trimEnd(), line: this.#startLine });
        }
        this.#reset();
        continue;
      }
      const idle = kind === "blank" || kind === "comment";
      if (this.#startLine === 0) {
        if (!idle) this.#startLine = this.#line;
      }
      if (this.#startLine > 0) this.#parts.push(token);
      if (!idle) this.#note(kind === "word" ? token.toUpperCase() : "", kind === "semicolon");
      this.#line += count(token);
    }
    this.#rest = input.slice(at);
    return complete;
  }

  /** What was begun and not ended, or null; the buffer is empty then. */
  flush(): CompleteStatement | null {
    const sql = this.#parts.join("") + this.#rest;
    const line = this.#startLine || this.#line;
    const begun = !this.isEmpty;
    this.#rest = "";
    this.#reset();
    return begun ? { sql, line } : null;
  }

  #reset(): void {
    this.#parts = [];
    this.#startLine = 0;
    this.#words = [];
    this.#tail = "";
  }

  #note(word: string, semicolon: boolean): void {
    if (this.#words.length < 6) this.#words.push(word);
    if (semicolon) this.#tail = ";";
    else this.#tail = this.#tail === ";" && word === "END" ? "; END" : "";
  }

  #inTrigger(): boolean {
    return (
      this.#tail !== "; END" &&
      /^(EXPLAIN (QUERY PLAN )?)?CREATE (TEMP |TEMPORARY )?TRIGGER\b/.test(this.#words.join(" "))
    );
  }
}

function count(token: string): number {
  let lines = 0;
  for (let at = token.indexOf("\n"); at >= 0; at = token.indexOf("\n", at + 1)) lines++;
  return lines;
}
