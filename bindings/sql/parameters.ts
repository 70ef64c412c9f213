import { DoSQLError } from "./error.ts";
import { encodeText } from "./text.ts";
import type { SqlParameter } from "./value.ts";
import type { Views } from "./views.ts";

/**
 * Parameter frames (core/engine/frame_format.h): a header, 16-byte cells, then the bytes of texts
 * and blobs.
 */
const HEADER = 8;
const CELL = 16;
const INT64_LIMIT = 2n ** 63n;

/**
 * Writes a frame at `base` (8-aligned), which must end before `limit`. Returns its size, or -1 when
 * it does not fit; `frameBytesMax` then says how much is enough.
 */
export function writeParameters(
  views: Views,
  base: number,
  limit: number,
  params: readonly SqlParameter[],
): number {
  const count = params.length;
  let heap = base + HEADER + count * CELL;
  if (heap > limit) return -1;
  const u32 = views.u32;
  u32[base >> 2] = count;
  u32[(base >> 2) + 1] = 0;
  for (let i = 0; i < count; i++) {
    const at = base + HEADER + i * CELL;
    const word = at >> 2;
    const value = params[i];
    switch (typeof value) {
      case "number":
        u32[word] = Number.isSafeInteger(value) && !Object.is(value, -0) ? 6 : 2;
        if (value !== value) u32[word] = 0; // NaN is NULL, as in SQLite
        u32[word + 1] = 0;
        views.f64[(at >> 3) + 1] = value;
        continue;
      case "string": {
        const bytes = encodeText(views.u8, heap, limit, value);
        if (bytes < 0) return -1;
        u32[word] = 3;
        u32[word + 1] = bytes;
        u32[word + 2] = heap - base;
        u32[word + 3] = 0;
        heap += bytes;
        continue;
      }
      case "bigint":
        if (value >= INT64_LIMIT || value < -INT64_LIMIT) {
          throw new DoSQLError("Parameter", `parameter ${i + 1}: a bigint beyond 64 bits`);
        }
        u32[word] = 1;
        u32[word + 1] = 0;
        views.i64[(at >> 3) + 1] = value;
        continue;
      case "undefined":
        break;
      case "object": {
        if (value === null) break;
        const bytes = bytesOf(value);
        if (bytes === null) throw unsupported(value, i);
        if (heap + bytes.byteLength > limit) return -1;
        views.u8.set(bytes, heap);
        u32[word] = 4;
        u32[word + 1] = bytes.byteLength;
        u32[word + 2] = heap - base;
        u32[word + 3] = 0;
        heap += bytes.byteLength;
        continue;
      }
      default:
        throw unsupported(value, i);
    }
    u32[word] = 0;
    u32[word + 1] = 0;
    u32[word + 2] = 0;
    u32[word + 3] = 0;
  }
  return heap - base;
}

/** A size that the frame of these parameters certainly fits in. */
export function frameBytesMax(params: readonly SqlParameter[]): number {
  let bytes = HEADER + params.length * CELL;
  for (const value of params) {
    if (typeof value === "string") bytes += value.length * 3;
    else if (typeof value === "object" && value !== null) bytes += value.byteLength;
  }
  return bytes;
}

function bytesOf(value: object): Uint8Array | null {
  if (value instanceof Uint8Array) return value;
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  return value instanceof ArrayBuffer ? new Uint8Array(value) : null;
}

function unsupported(value: unknown, index: number): TypeError {
  const kind = typeof value === "object" ? Object.prototype.toString.call(value) : typeof value;
  return new TypeError(
    `parameter ${index + 1} is of type ${kind}: ` +
      "only null, number, bigint, string, ArrayBuffer and its views can be bound",
  );
}
