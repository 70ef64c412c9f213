import { describe, expect, it } from "vitest";
import { frameBytesMax, writeParameters } from "../../bindings/sql/parameters.ts";
import type { SqlParameter } from "../../bindings/sql/value.ts";
import { Views } from "../../bindings/sql/views.ts";

const BASE = 64;

function write(...params: unknown[]): DataView {
  const views = new Views(new Uint8Array(65_536).fill(0xee).buffer);
  const size = writeParameters(views, BASE, 65_536, params as SqlParameter[]);
  expect(size).toBeGreaterThan(0);
  expect(size).toBeLessThanOrEqual(frameBytesMax(params as SqlParameter[]));
  return new DataView(views.u8.buffer, BASE, size);
}

/** [kind, size, value] of a cell. */
function cell(frame: DataView, index: number): unknown[] {
  const at = 8 + index * 16;
  const kind = frame.getUint32(at, true);
  const size = frame.getUint32(at + 4, true);
  switch (kind) {
    case 1:
      return [kind, size, frame.getBigInt64(at + 8, true)];
    case 2:
    case 6:
      return [kind, size, frame.getFloat64(at + 8, true)];
    case 3:
    case 4: {
      expect(frame.getUint32(at + 12, true)).toBe(0);
      const bytes = new Uint8Array(frame.buffer, BASE + frame.getUint32(at + 8, true), size);
      return [
        kind,
        size,
        kind === 3 ? new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes) : [...bytes],
      ];
    }
    default:
      return [kind, size];
  }
}

describe("parameter frames", () => {
  it("count their cells", () => {
    const frame = write(1, null, "x");
    expect([frame.getUint32(0, true), frame.getUint32(4, true)]).toEqual([3, 0]);
  });

  it("tell integers, reals and NULL apart", () => {
    const frame = write(5, -9007199254740991, 1.5, 2 ** 60, -0, NaN, Infinity, null, undefined);
    const cells = Array.from({ length: 9 }, (_, i) => cell(frame, i));
    expect(cells).toEqual([
      [6, 0, 5],
      [6, 0, -9007199254740991],
      [2, 0, 1.5],
      [2, 0, 2 ** 60],
      [2, 0, -0],
      [0, 0],
      [2, 0, Infinity],
      [0, 0],
      [0, 0],
    ]);
  });

  it("hold bigint exactly, and refuse what has more than 64 bits", () => {
    const frame = write(2n ** 63n - 1n, -(2n ** 63n));
    expect(cell(frame, 0)).toEqual([1, 0, 2n ** 63n - 1n]);
    expect(cell(frame, 1)).toEqual([1, 0, -(2n ** 63n)]);
    expect(() => write(2n ** 63n)).toThrow(/64 bits/);
  });

  it("hold texts of every length and any characters", () => {
    for (const unit of ["a", "é", "€", "😀"]) {
      for (const n of [0, 1, 31, 63, 64, 65, 200]) {
        const text = unit.repeat(n);
        const frame = write("before", text, "behind");
        expect(cell(frame, 0)[2]).toBe("before");
        expect(cell(frame, 1)).toEqual([3, new TextEncoder().encode(text).length, text]);
        expect(cell(frame, 2)[2]).toBe("behind");
      }
    }
    expect(cell(write("\ud800"), 0)[2]).toBe("\ufffd");
  });

  it("hold every kind of bytes", () => {
    const words = new Uint16Array([0x0201, 0x0403, 0x0605]).subarray(1);
    const frame = write(
      new Uint8Array([9, 8]),
      new Uint8Array([7]).buffer,
      words,
      new Uint8Array(),
    );
    expect([0, 1, 2, 3].map((i) => cell(frame, i))).toEqual([
      [4, 2, [9, 8]],
      [4, 1, [7]],
      [4, 4, [3, 4, 5, 6]],
      [4, 0, []],
    ]);
  });

  it("refuse what has no place in SQL", () => {
    for (const value of [true, Symbol("s"), () => 1, {}, [], new Date(0)]) {
      expect(() => write(value)).toThrow(TypeError);
    }
  });

  it("say when the region is too small", () => {
    const views = new Views(new ArrayBuffer(128));
    expect(writeParameters(views, 0, 128, ["x".repeat(200)])).toBe(-1);
    expect(writeParameters(views, 0, 128, [new Uint8Array(200)])).toBe(-1);
    expect(writeParameters(views, 0, 128, new Array(10).fill(1))).toBe(-1);
    expect(frameBytesMax(["é".repeat(10), new Uint8Array(5), 1])).toBeGreaterThanOrEqual(
      8 + 48 + 25,
    );
  });
});
