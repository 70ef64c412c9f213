/** Iterator: rows by a function that gives undefined at the end, and one that is told of the end. */
export class Iterator<Row> implements IterableIterator<Row> {
  readonly #next: () => Row | undefined;
  readonly #end: () => void;
  #over = false;

  constructor(next: () => Row | undefined, end: () => void) {
    this.#next = next;
    this.#end = end;
  }

  next(): IteratorResult<Row, undefined> {
    if (this.#over) return { done: true, value: undefined };
    let value: Row | undefined;
    try {
      value = this.#next();
    } catch (error) {
      this.return();
      throw error;
    }
    return value === undefined ? this.return() : { done: false, value };
  }

  return(): IteratorResult<Row, undefined> {
    if (!this.#over) {
      this.#over = true;
      this.#end();
    }
    return { done: true, value: undefined };
  }

  [Symbol.iterator](): this {
    return this;
  }
}
