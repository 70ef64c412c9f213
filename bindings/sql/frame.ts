import { decodeAny, decodeAscii, decodeText } from "./text.ts";
import type { SqlValue } from "./value.ts";
import type { Views } from "./views.ts";

/**
 * Result frames (core/engine/frame_format.h) to JavaScript values.
 *
 * A frame's cells land row by row in one flat array: value (r, c) at r * columns + c. Rows are then
 * made from it (rows.ts). Integers become numbers while they are exact, else bigint.
 */
const enum Kind {
  Null = 0,
  Int64 = 1,
  Real = 2,
  Text = 3,
  Blob = 4,
  Mixed = 5,
  Int53 = 6,
}

const HEADER = 16;
const FLAG_ASCII = 2;
// From here on, one decode of the whole heap and slices of it beat a string built per cell.
const HEAP_DECODE_MIN = 160;

/** How a door wants its values. */
export interface Shape {
  /** Integers always as bigint. */
  readonly bigints: boolean;
  /** What a blob becomes; `bytes` is a copy that nobody else holds. */
  readonly blob: (bytes: Uint8Array<ArrayBuffer>) => SqlValue;
}

export const DEFAULT_SHAPE: Shape = { bigints: false, blob: (bytes) => bytes.buffer };

const pad8 = (n: number): number => (n + 7) & ~7;

/** Fills `out` with the rows * columns values of the frame at `base` (8-aligned). */
export function decodeFrame(views: Views, base: number, out: SqlValue[], shape: Shape): void {
  const { u8, u32, f64 } = views;
  const bigints = shape.bigints;
  const word = base >> 2;
  const columns = u32[word + 1] & 0xffff;
  const ascii = ((u32[word + 1] >>> 16) & FLAG_ASCII) !== 0;
  const rows = u32[word + 2];
  const heap = base + u32[word + 3];
  const heapBytes = u32[word] - u32[word + 3];
  const text =
    ascii && heapBytes >= HEAP_DECODE_MIN ? decodeHeap(views, base, columns, rows, heap) : "";
  let at = base + HEADER + pad8(columns);
  const cells = rows * columns;
  for (let c = 0; c < columns; c++) {
    const kind: Kind = u8[base + HEADER + c];
    switch (kind) {
      case Kind.Null:
        for (let o = c; o < cells; o += columns) out[o] = null;
        continue;
      case Kind.Int53:
        if (bigints) {
          for (let o = c, p = at >> 3; o < cells; o += columns, p++) out[o] = BigInt(f64[p]);
        } else {
          for (let o = c, p = at >> 3; o < cells; o += columns, p++) out[o] = f64[p];
        }
        break;
      case Kind.Real:
        for (let o = c, p = at >> 3; o < cells; o += columns, p++) out[o] = f64[p];
        break;
      case Kind.Int64:
        for (let o = c, p = at; o < cells; o += columns, p += 8) out[o] = int64(views, p, bigints);
        break;
      case Kind.Text:
        if (text !== "") {
          for (let o = c, p = at >> 2; o < cells; o += columns, p += 2) {
            out[o] = text.substring(u32[p], u32[p + 1]);
          }
        } else if (ascii) {
          for (let o = c, p = at >> 2; o < cells; o += columns, p += 2) {
            out[o] = decodeAscii(u8, heap + u32[p], heap + u32[p + 1]);
          }
        } else {
          for (let o = c, p = at >> 2; o < cells; o += columns, p += 2) {
            out[o] = decodeAny(u8, heap + u32[p], heap + u32[p + 1]);
          }
        }
        break;
      case Kind.Blob:
        for (let o = c, p = at >> 2; o < cells; o += columns, p += 2) {
          out[o] = shape.blob(u8.slice(heap + u32[p], heap + u32[p + 1]));
        }
        break;
      case Kind.Mixed: {
        const kinds = at;
        at += pad8(rows);
        for (let r = 0, o = c; r < rows; r++, o += columns) {
          const p = at + r * 8;
          switch (u8[kinds + r] as Kind) {
            case Kind.Null:
              out[o] = null;
              break;
            case Kind.Int53:
              out[o] = bigints ? BigInt(f64[p >> 3]) : f64[p >> 3];
              break;
            case Kind.Real:
              out[o] = f64[p >> 3];
              break;
            case Kind.Int64:
              out[o] = int64(views, p, bigints);
              break;
            case Kind.Text:
              out[o] =
                text !== ""
                  ? text.substring(u32[p >> 2], u32[(p >> 2) + 1])
                  : decodeAny(u8, heap + u32[p >> 2], heap + u32[(p >> 2) + 1]);
              break;
            default:
              out[o] = shape.blob(u8.slice(heap + u32[p >> 2], heap + u32[(p >> 2) + 1]));
          }
        }
        break;
      }
      default:
        throw new Error(`a result frame with a column of kind ${kind as number}`);
    }
    at += rows * 8;
  }
}

function int64(v: Views, p: number, bigints: boolean): SqlValue {
  const high = v.i32[(p >> 2) + 1];
  if (!bigints && high >= -0x200000 && high < 0x200000) {
    const number = high * 2 ** 32 + v.u32[p >> 2];
    if (number !== -(2 ** 53)) return number;
  }
  return v.i64[p >> 3];
}

// One decode for all texts of the frame. Blobs lie behind the texts and need not be ASCII, so the
// texts' end is where the last of them ends.
function decodeHeap(
  { u8, u32 }: Views,
  base: number,
  columns: number,
  rows: number,
  heap: number,
): string {
  let end = 0;
  let at = base + HEADER + pad8(columns);
  for (let c = 0; c < columns; c++) {
    const kind: Kind = u8[base + HEADER + c];
    if (kind === Kind.Null) continue;
    if (kind === Kind.Mixed) {
      const kinds = at;
      at += pad8(rows);
      for (let r = 0; r < rows; r++) {
        const stop = u32[(at >> 2) + r * 2 + 1];
        if (u8[kinds + r] === Kind.Text && stop > end) end = stop;
      }
    } else if (kind === Kind.Text) {
      for (let r = 0; r < rows; r++) {
        const stop = u32[(at >> 2) + r * 2 + 1];
        if (stop > end) end = stop;
      }
    }
    at += rows * 8;
  }
  return end >= HEAP_DECODE_MIN ? decodeText(u8.subarray(heap, heap + end)) : "";
}
