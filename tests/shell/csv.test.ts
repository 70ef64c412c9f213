import { describe, expect, it } from "vitest";
import { CsvReader } from "../../bindings/shell/csv.ts";

const read = (text: string, size = text.length): string[][] => {
  const reader = new CsvReader();
  const rows: string[][] = [];
  for (let at = 0; at < text.length; at += size)
    rows.push(...reader.push(text.slice(at, at + size)));
  return [...rows, ...reader.end()];
};

describe("CSV", () => {
  const text = 'a,b\r\n1,"x ""y"", z"\n"","multi\nline"\n,\n\nlast,cell';
  const rows = [
    ["a", "b"],
    ["1", 'x "y", z'],
    ["", "multi\nline"],
    ["", ""],
    ["last", "cell"],
  ];

  it("is read whole and in pieces of any size", () => {
    for (let size = 1; size <= text.length; size++) expect(read(text, size)).toEqual(rows);
  });

  it("keeps a last cell that is quoted and a quote inside of a word", () => {
    expect(read('x,"y"')).toEqual([["x", "y"]]);
    expect(read('a"b,c\n')).toEqual([['a"b', "c"]]);
    expect(read("")).toEqual([]);
  });

  it("refuses a quote that is never closed", () => {
    expect(() => read('a\n"b\nc')).toThrow("a quote opened at line 2 is never closed");
  });
});
