import { describe, expect, it } from "vitest";
import type { Value } from "../../bindings/shell/connection.ts";
import { openWriter, type Format, type Mode } from "../../bindings/shell/writer.ts";

const ROWS: Value[][] = [
  [1n, "pen", 1.5],
  [10n, 'a|b, "q"', null],
  [-3n, "日本\nline", 2],
];

function written(mode: Mode, options: Partial<Format> = {}, rows = ROWS): string {
  let text = "";
  const format: Format = { mode, headers: null, nullText: null, separator: "|", ...options };
  const writer = openWriter(format, ["id", "name", "price"], (part) => (text += part));
  for (const row of rows) writer.rows([row]);
  writer.end();
  return text;
}

describe("rows are written", () => {
  it("as a box", () => {
    expect(written("box")).toBe(
      `┌────┬──────────┬───────┐
│ id │ name     │ price │
├────┼──────────┼───────┤
│  1 │ pen      │   1.5 │
│ 10 │ a|b, "q" │  NULL │
│ -3 │ 日本     │   2.0 │
│    │ line     │       │
└────┴──────────┴───────┘
`,
    );
    expect(written("box", {}, [])).toBe("");
  });

  it("as other drawn tables", () => {
    expect(written("table", { headers: false, nullText: "-" }, ROWS.slice(0, 2))).toBe(
      `+----+----------+-----+
|  1 | pen      | 1.5 |
| 10 | a|b, "q" |   - |
+----+----------+-----+
`,
    );
    expect(written("markdown")).toContain(`| id | name         | price |
|---:|--------------|------:|
|  1 | pen          |   1.5 |
| 10 | a\\|b, "q"    |  NULL |
| -3 | 日本<br>line |   2.0 |
`);
    expect(written("column", {}, ROWS.slice(0, 1))).toBe(
      "id  name  price\n--  ----  -----\n 1  pen     1.5\n",
    );
  });

  it("as text for other programs", () => {
    expect(written("list")).toBe('1|pen|1.5\n10|a|b, "q"|\n-3|日本\nline|2.0\n');
    expect(written("list", { separator: "\t", headers: true }, ROWS.slice(0, 1))).toBe(
      "id\tname\tprice\n1\tpen\t1.5\n",
    );
    expect(written("csv", { headers: true })).toBe(
      'id,name,price\r\n1,pen,1.5\r\n10,"a|b, ""q""",\r\n-3,"日本\nline",2.0\r\n',
    );
    expect(written("line", {}, ROWS.slice(0, 2))).toBe(
      '   id = 1\n name = pen\nprice = 1.5\n\n   id = 10\n name = a|b, "q"\nprice = NULL\n',
    );
    const json = JSON.parse(written("json")) as object[];
    expect(json).toHaveLength(3);
    expect(json[1]).toEqual({ id: 10, name: 'a|b, "q"', price: null });
  });

  it("exactly", () => {
    const rows: Value[][] = [
      [9007199254740993n, new Uint8Array([1, 255]), 1e21],
      [0n, null, Infinity],
    ];
    expect(written("list", {}, rows)).toBe("9007199254740993|x'01ff'|1.0e+21\n0||Inf\n");
    expect(written("json", {}, rows)).toBe(
      '[{"id":9007199254740993,"name":"01ff","price":1.0e+21},\n{"id":0,"name":null,"price":9e999}]\n',
    );
    // What would move the cursor is shown, not sent.
    expect(written("table", {}, [[1n, "\x1b[31mred\x07", 0.1]])).toContain("␛[31mred␇");
  });
});
