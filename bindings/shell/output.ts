import { closeSync, openSync, writeSync } from "node:fs";
import { once } from "node:events";

/** Output: where results go: the terminal or pipe the shell was started with, or a file. */
export class Output {
  readonly #stream: NodeJS.WriteStream;
  #file: number | null = null;
  #back = false;
  #wrote = false;

  constructor(stream: NodeJS.WriteStream = process.stdout) {
    this.#stream = stream;
  }

  get isTerminal(): boolean {
    return this.#file === null && this.#stream.isTTY;
  }

  readonly write = (text: string): void => {
    this.#wrote = true;
    if (this.#file !== null) writeSync(this.#file, text);
    else this.#stream.write(text);
  };

  /** Waits while the reader of a pipe is behind. */
  async drained(): Promise<void> {
    if (this.#file === null && this.#stream.writableNeedDrain) await once(this.#stream, "drain");
  }

  /** To a file from now on, or back to where it began; with `once` for one statement. */
  redirect(path: string | null, forOne = false): void {
    const file = path === null ? null : openSync(path, "w");
    if (this.#file !== null) closeSync(this.#file);
    this.#file = file;
    this.#back = forOne;
    this.#wrote = false;
  }

  /** A statement is over. */
  statementEnds(): void {
    if (this.#back) this.redirect(null);
  }

  /** A command is over; one that wrote nothing does not count. */
  commandEnds(): void {
    if (this.#wrote) this.statementEnds();
  }
}
