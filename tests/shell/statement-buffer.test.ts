import { describe, expect, it } from "vitest";
import { StatementBuffer } from "../../bindings/shell/statement-buffer.ts";

/** The statements of a text that comes line by line, and what is left at its end. */
function split(text: string): string[] {
  const buffer = new StatementBuffer();
  const found = text
    .split(/(?<=\n)/)
    .flatMap((line) => buffer.push(line))
    .map(({ sql, line }) => `${line}: ${sql}`);
  const last = buffer.flush();
  if (last !== null) found.push(`${last.line}, open: ${last.sql}`);
  expect(buffer.isEmpty).toBe(true);
  return found;
}

describe("statements end", () => {
  it.each<[string, string[]]>([
    ["SELECT 1;", ["1: SELECT 1"]],
    ["SELECT 1; SELECT\n2;\n", ["1: SELECT 1", "1: SELECT\n2"]],
    ["\n\n  SELECT 1", ["3, open: SELECT 1"]],
    [";;\n ; -- nothing\n/* ; */", []],
    ["SELECT ';', \"a;b\", `;`, [;];", ["1: SELECT ';', \"a;b\", `;`, [;]"]],
    ["SELECT 'it''s;\n'';';\n", ["1: SELECT 'it''s;\n'';'"]],
    ["SELECT 1 -- no end; here\n, 2;", ["1: SELECT 1 -- no end; here\n, 2"]],
    ["SELECT /* ;\n; */ 1;", ["1: SELECT /* ;\n; */ 1"]],
    ["-- title\nSELECT 1;\n-- next\n\nSELECT 2;", ["2: SELECT 1", "5: SELECT 2"]],
    ["SELECT 'open;\n", ["1, open: SELECT 'open;\n"]],
    ["/* open; ", ["1, open: /* open; "]],
    ["SELECT 1 - 2; SELECT a/b;", ["1: SELECT 1 - 2", "1: SELECT a/b"]],
    [
      "CREATE TRIGGER t AFTER INSERT ON a BEGIN\n SELECT CASE WHEN 1 THEN 2 END; DELETE FROM b;\nEND; SELECT 1;",
      [
        "1: CREATE TRIGGER t AFTER INSERT ON a BEGIN\n SELECT CASE WHEN 1 THEN 2 END; DELETE FROM b;\nEND",
        "3: SELECT 1",
      ],
    ],
    [
      "create temp trigger x begin select 1; end;",
      ["1: create temp trigger x begin select 1; end"],
    ],
    ["CREATE TABLE trigger_log (x); SELECT 2;", ["1: CREATE TABLE trigger_log (x)", "1: SELECT 2"]],
  ])("%j", (text, statements) => expect(split(text)).toEqual(statements));

  it("wherever the text is cut", () => {
    const text = "SELECT 'a;''b' /* ; */ AS \"x;y\", 1;\nINSERT INTO t VALUES (';');\n";
    const whole = split(text);
    for (let at = 1; at < text.length; at++) {
      const buffer = new StatementBuffer();
      const found = [text.slice(0, at), text.slice(at)].flatMap((part) => buffer.push(part));
      // Within a word or an operator a cut is a blank to SQL; lines are never cut there.
      if (/\w\w|--|\/\*|\*\/|''/.test(text.slice(at - 1, at + 1))) continue;
      expect(found.map(({ sql, line }) => `${line}: ${sql}`)).toEqual(whole);
    }
  });

  it("in a statement of many lines, in linear time", () => {
    const buffer = new StatementBuffer();
    buffer.push("INSERT INTO t VALUES\n");
    for (let i = 0; i < 50_000; i++) expect(buffer.push(`(${i}, 'text ${i}'),\n`)).toEqual([]);
    const [{ sql }] = buffer.push("(0, '');\n");
    expect(sql.split("\n")).toHaveLength(50_002);
  }, 20_000);
});
