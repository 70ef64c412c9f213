/** The numbers and sizes of rows, with commas, and their bytes; null when there are none. */
export type PackedRows = { ids: string | null; sizes: string | null; data: ArrayBuffer | null };

/**
 * RowsAhead: rows that came as one value, each numbered from the first that was asked for. Asked in order.
 * Plain steps only: opening a database runs this before it is compiled.
 */
export class RowsAhead {
  readonly #first: number;
  readonly #ids: string[];
  readonly #sizes: string[];
  readonly #bytes: Uint8Array;
  // The row that `row` gave last, and where its bytes begin.
  #next = 0;
  #at = 0;

  constructor(first: number, { ids, sizes, data }: PackedRows) {
    this.#first = first;
    this.#ids = ids === null ? [] : ids.split(",");
    this.#sizes = sizes === null ? [] : sizes.split(",");
    this.#bytes = new Uint8Array(data ?? new ArrayBuffer(0));
  }

  /** The row, which stays the next one: the engine may ask again with more room. */
  row(id: number): Uint8Array | null {
    const wanted = id - this.#first;
    const ids = this.#ids;
    let next = this.#next;
    while (next < ids.length && Number(ids[next]) < wanted) {
      this.#at += Number(this.#sizes[next]);
      next++;
    }
    this.#next = next;
    if (next === ids.length || Number(ids[next]) !== wanted) return null;
    return this.#bytes.subarray(this.#at, this.#at + Number(this.#sizes[next]));
  }
}
