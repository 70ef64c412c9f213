import { MemoryHost } from "../storage/memory-host.ts";
import { beginsWith, type PageHost } from "../storage/page-host.ts";

/** OverlayHost: another host's rows, with all puts kept in memory: how a file is opened read-only. */
export class OverlayHost extends MemoryHost {
  readonly #base: PageHost;

  constructor(base: PageHost) {
    super(base.faultModel);
    this.#base = base;
  }

  override get(kind: number, number: number): Uint8Array | null {
    const own = super.get(kind, number);
    if (own !== null) return own;
    const row = this.#base.get(kind, number);
    return row instanceof ArrayBuffer ? new Uint8Array(row) : row;
  }

  override putIf(
    kind: number,
    number: number,
    data: Uint8Array,
    predKind: number,
    predNumber: number,
    head: Uint8Array,
  ): boolean {
    const pred = this.get(predKind, predNumber);
    if (pred === null || !beginsWith(pred, head)) return false;
    this.put(kind, number, data);
    return true;
  }

  override close(): void {
    this.#base.close();
  }
}
