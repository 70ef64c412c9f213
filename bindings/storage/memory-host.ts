import { beginsWith, checkRowSize, rowId, type PageHost } from "./page-host.ts";
import { BillingMeter } from "./billing-meter.ts";

/** MemoryHost: rows in a Map. They outlive an engine, so a database can be opened over them again. */
export class MemoryHost implements PageHost {
  readonly faultModel: 0 | 1;
  readonly meter = new BillingMeter();
  readonly #rows = new Map<number, Uint8Array>();

  /** With 0 the engine commits by turns, as in a Durable Object; with 1 every commit is put at once. */
  constructor(faultModel: 0 | 1 = 1) {
    this.faultModel = faultModel;
  }

  get(kind: number, number: number): Uint8Array | null {
    return this.#rows.get(rowId(kind, number)) ?? null;
  }

  getPart(kind: number, number: number, from: number, size: number): Uint8Array | null {
    return this.get(kind, number)?.subarray(from, from + size) ?? null;
  }

  put(kind: number, number: number, data: Uint8Array): void {
    checkRowSize(data);
    this.meter.wrote(kind, data.byteLength);
    this.#rows.set(rowId(kind, number), data.slice());
  }

  putIf(
    kind: number,
    number: number,
    data: Uint8Array,
    predKind: number,
    predNumber: number,
    head: Uint8Array,
  ): boolean {
    const pred = this.#rows.get(rowId(predKind, predNumber));
    if (pred === undefined || !beginsWith(pred, head)) return false;
    this.put(kind, number, data);
    return true;
  }

  sync(): void {}

  scheduleEndTurn(endTurn: () => void): void {
    queueMicrotask(endTurn);
  }

  trimLog(): void {}

  close(): void {}

  /** A copy of all rows, to return to: what a rollback of storage around the engine does. */
  snapshot(): Map<number, Uint8Array> {
    return new Map(this.#rows);
  }

  restore(snapshot: Map<number, Uint8Array>): void {
    this.#rows.clear();
    for (const [key, row] of snapshot) this.#rows.set(key, row);
  }
}
