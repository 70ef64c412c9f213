const FIRST_MS = 500;
const EVERY_MS = 200;

/** Progress: one line on the terminal that tells how far a long load is; nothing elsewhere. */
export class Progress {
  readonly #what: string;
  readonly #total: number;
  readonly #start = performance.now();
  readonly #stream = process.stderr;
  #next = FIRST_MS;
  #shown = 0;

  constructor(what: string, totalBytes: number) {
    this.#what = what;
    this.#total = totalBytes;
  }

  /** `count` of `things` are done, and so many bytes. */
  at(bytes: number, count: number, things: string): void {
    if (!this.#stream.isTTY) return;
    const elapsed = performance.now() - this.#start;
    if (elapsed < this.#next) return;
    this.#next = elapsed + EVERY_MS;
    const share = this.#total > 0 ? ` ${Math.floor((100 * bytes) / this.#total)}%` : "";
    const rate = Math.round(count / (elapsed / 1000)).toLocaleString("en-US");
    const done = count.toLocaleString("en-US");
    this.#show(`${this.#what}:${share} ${done} ${things}, ${rate} a second`);
  }

  end(): void {
    if (this.#shown > 0) this.#show("");
  }

  #show(text: string): void {
    this.#stream.write(`\r${text.padEnd(this.#shown)}${text === "" ? "\r" : ""}`);
    this.#shown = text.length;
  }
}
