import { describe, expect, it } from "vitest";
import { DEFAULT_SHAPE, decodeFrame } from "../../bindings/sql/frame.ts";
import { appendArrays, appendDefined, appendObjects } from "../../bindings/sql/rows.ts";
import type { SqlRow, SqlValue } from "../../bindings/sql/value.ts";
import { Views } from "../../bindings/sql/views.ts";
import { buildFrame, type Cell, type Column } from "./frame-builder.ts";

/** The rows a frame decodes to, read from somewhere inside a bigger buffer, as in wasm memory. */
function decode(columns: Column[], shape = DEFAULT_SHAPE): SqlValue[][] {
  const frame = new Uint8Array(buildFrame(columns));
  const base = 1024;
  const memory = new Uint8Array(base + frame.length + 64).fill(0xee);
  memory.set(frame, base);
  const rows = columns[0].cells.length;
  const values = new Array<SqlValue>(rows * columns.length);
  decodeFrame(new Views(memory.buffer), base, values, shape);
  const out: SqlValue[][] = [];
  appendArrays(columns.length, values, 0, rows, out);
  return out;
}

const column = (kind: number, ...cells: Cell[]): Column => ({ kind, cells });

describe("result frames", () => {
  it("give every kind of column", () => {
    expect(
      decode([
        column(0, null, null),
        column(1, 5n, -7n),
        column(2, 1.5, -0.25),
        column(3, "ab", ""),
        column(6, 9007199254740991, -3),
      ]),
    ).toEqual([
      [null, 5, 1.5, "ab", 9007199254740991],
      [null, -7, -0.25, "", -3],
    ]);
  });

  it("keep integers exact: numbers up to 2^53, bigint beyond", () => {
    const limit = 2n ** 53n;
    const cells = [
      limit - 1n,
      limit,
      -limit + 1n,
      -limit - 1n,
      2n ** 63n - 1n,
      -(2n ** 63n),
      0n,
      -1n,
    ];
    const got = decode([column(1, ...cells)]).map(([v]) => v);
    expect(got).toEqual([
      9007199254740991,
      limit,
      -9007199254740991,
      -limit - 1n,
      2n ** 63n - 1n,
      -(2n ** 63n),
      0,
      -1,
    ]);
  });

  it("give bigint for all integers when asked", () => {
    const shape = { ...DEFAULT_SHAPE, bigints: true };
    expect(decode([column(1, 5n), column(6, 7), column(2, 1.5), column(5, 9)], shape)).toEqual([
      [5n, 7n, 1.5, 9n],
    ]);
  });

  it("mix kinds in one column", () => {
    const blob = new Uint8Array([0, 255, 1]);
    const got = decode([column(5, null, 1, 2.5, "text", blob, 2n ** 60n)]).map(([v]) => v);
    expect(got.slice(0, 4)).toEqual([null, 1, 2.5, "text"]);
    expect(new Uint8Array(got[4] as ArrayBuffer)).toEqual(blob);
    expect(got[5]).toBe(2n ** 60n);
  });

  it("decode long ASCII heaps at once, with blobs behind the texts", () => {
    const texts = Array.from({ length: 50 }, (_, i) => `text number ${i}`);
    const blobs = texts.map((_, i) => new Uint8Array([i, 200 + i]));
    const got = decode([column(3, ...texts), column(4, ...blobs), column(5, ...texts)]);
    expect(got.map(([a]) => a)).toEqual(texts);
    expect(got.map(([, b]) => new Uint8Array(b as ArrayBuffer))).toEqual(blobs);
    expect(got.map(([, , c]) => c)).toEqual(texts);
  });

  it("decode texts of every length and any characters", () => {
    for (const unit of ["a", "é", "€", "😀", "\ufeff"]) {
      const texts = Array.from({ length: 70 }, (_, i) => unit.repeat(i));
      expect(decode([column(3, ...texts)]).map(([v]) => v)).toEqual(texts);
    }
    const mixed = ["plain", "zürich", "", "x".repeat(300), "日本".repeat(100)];
    expect(decode([column(3, ...mixed)]).map(([v]) => v)).toEqual(mixed);
  });

  it("keep a NUL inside a text", () => {
    expect(decode([column(3, "a\0b")])).toEqual([["a\0b"]]);
  });
});

describe("rows", () => {
  it("become objects of any width; of one name the last column wins", () => {
    for (const width of [0, 1, 2, 7, 8, 9, 20]) {
      const names = Array.from({ length: width }, (_, i) => `c${i}`);
      const values = Array.from({ length: width * 3 }, (_, i) => i);
      const out: SqlRow[] = [];
      appendObjects(names, values, 1, 3, out);
      expect(out).toHaveLength(2);
      expect(out[1]).toEqual(Object.fromEntries(names.map((n, i) => [n, width * 2 + i])));
      expect(Object.keys(out[1])).toEqual(names);
    }
    const out: SqlRow[] = [];
    appendObjects(["a", "b", "a"], [1, 2, 3], 0, 1, out);
    expect(out).toEqual([{ a: 3, b: 2 }]);
  });

  it("hold a column called __proto__ as a plain property", () => {
    const out: SqlRow[] = [];
    appendDefined(["__proto__", "b"], [1, 2], 0, 1, out);
    expect(Object.keys(out[0])).toEqual(["__proto__", "b"]);
    expect(Object.getPrototypeOf(out[0])).toBe(Object.prototype);
  });
});
