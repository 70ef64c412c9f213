import type { DosqlImports } from "../abi/abi.gen.ts";
import { RowKind, type PageHost } from "../storage/page-host.ts";

const NO_ROW = -1;
const FAILED = -3;
const NOT_THERE = -4;

// Gives an extent's memory back now. Left to the collector, each would be in new pages of memory, whose
// first touch costs a fifth of reading it.
function release(row: ArrayBuffer | Uint8Array): void {
  if (row instanceof ArrayBuffer) row.transfer(0);
}

/** What the imports need of the engine instance they serve. */
export interface ImportContext {
  readonly host: PageHost;
  /** The module's memory as it is now. */
  bytes(): Uint8Array<ArrayBuffer>;
  /** Remembers why the host failed, for the error that comes out at the other end. */
  hostFailed(error: unknown): void;
  turnScheduled(): void;
  /** Microseconds since 1970. */
  now(): number;
}

/**
 * The module's imports over a PageHost. None of them throws (an exception must not unwind wasm
 * frames) and none calls an export.
 */
export function makeImports(context: ImportContext): DosqlImports {
  const { host } = context;
  const guarded = (call: () => number): number => {
    try {
      return call();
    } catch (error) {
      context.hostFailed(error);
      return FAILED;
    }
  };
  const view = (at: number, size: number): Uint8Array<ArrayBuffer> => {
    at >>>= 0;
    return context.bytes().subarray(at, at + size);
  };
  return {
    page_get: (kind, number, out, cap) =>
      guarded(() => {
        const row = host.get(kind, number);
        if (row === null) return NO_ROW;
        const bytes = row instanceof Uint8Array ? row : new Uint8Array(row);
        const part = bytes.length <= cap ? bytes : bytes.subarray(0, cap);
        context.bytes().set(part, out >>> 0);
        const { length } = bytes;
        if (kind === RowKind.Extent) release(row);
        return length;
      }),
    page_get_part: (kind, number, from, out, size) =>
      guarded(() => {
        const part = host.getPart(kind, number, from, size);
        if (part === null || part.byteLength < size) return NO_ROW;
        context.bytes().set(part instanceof Uint8Array ? part : new Uint8Array(part), out >>> 0);
        if (kind === RowKind.Extent) release(part);
        return 0;
      }),
    page_put: (kind, number, data, size) =>
      guarded(() => {
        host.put(kind, number, view(data, size));
        return 0;
      }),
    page_put_if: (kind, number, data, size, predKind, predNumber, head, headSize) =>
      guarded(() =>
        host.putIf(kind, number, view(data, size), predKind, predNumber, view(head, headSize))
          ? 0
          : NOT_THERE,
      ),
    page_sync: () =>
      guarded(() => {
        host.sync();
        return 0;
      }),
    schedule_end_turn: () => context.turnScheduled(),
    // A hint: what fails here only leaves the log longer.
    trim_log: (sequence) => {
      guarded(() => {
        host.trimLog(sequence);
        return 0;
      });
    },
    now_micros: () => context.now(),
    entropy: (out, size) => {
      crypto.getRandomValues(view(out, size));
    },
  };
}
