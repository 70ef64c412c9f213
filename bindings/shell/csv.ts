/**
 * CsvReader: cuts text that comes in pieces into rows of cells (RFC 4180; also \n alone ends a row,
 * and a quote that is not closed is an error at the end).
 */
export class CsvReader {
  readonly #separator: string;
  #row: string[] = [];
  #cell = "";
  // Whether inside quotes, and whether a quote was just seen there, that may be the first of two.
  #quoted = false;
  #quoteSeen = false;
  #begun = false;
  #line = 1;
  #quoteLine = 0;

  constructor(separator = ",") {
    this.#separator = separator;
  }

  push(text: string): string[][] {
    const rows: string[][] = [];
    for (let i = 0; i < text.length; i++) {
      const c = text[i];
      if (c === "\n") this.#line++;
      if (this.#quoted) {
        if (this.#quoteSeen) {
          this.#quoteSeen = false;
          if (c === '"') {
            this.#cell += c;
            continue;
          }
          this.#quoted = false;
        } else if (c === '"') {
          this.#quoteSeen = true;
          continue;
        } else {
          this.#cell += c;
          continue;
        }
      }
      if (c === this.#separator) this.#endCell();
      else if (c === "\n") this.#endRow(rows);
      else if (c === '"' && this.#cell === "") {
        this.#quoted = this.#begun = true;
        this.#quoteLine = this.#line;
      } else if (c === "\r" && (text[i + 1] ?? "\n") === "\n") continue;
      else {
        this.#cell += c;
        this.#begun = true;
      }
    }
    return rows;
  }

  /** The last row, when it did not end with a line break. */
  end(): string[][] {
    const rows: string[][] = [];
    if (this.#quoted && !this.#quoteSeen) {
      throw new Error(`a quote opened at line ${this.#quoteLine} is never closed`);
    }
    if (this.#begun || this.#row.length > 0) this.#endRow(rows);
    return rows;
  }

  #endCell(): void {
    this.#row.push(this.#cell);
    this.#cell = "";
    this.#begun = true;
  }

  #endRow(rows: string[][]): void {
    // An empty line is no row.
    if (this.#begun || this.#row.length > 0) {
      this.#endCell();
      rows.push(this.#row);
    }
    this.#row = [];
    this.#begun = false;
  }
}
