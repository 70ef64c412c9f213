import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Program } from "./program.ts";

const program = new Program();
beforeAll(() => program.build());
afterAll(() => program.remove());
const file = (name: string): string => join(program.folder, name);
const MAKE =
  "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t VALUES (1, 'x'), (2, NULL);";
// Ends only when it is told to.
const ENDLESS = `WITH_TABLE;SELECT count(*) FROM n a, n b, n c, n d, n e, n f, n g, n h, n i, n j
  WHERE a.i + b.i + c.i + d.i + e.i + f.i + g.i + h.i + i.i + j.i < 0;\n`.replace(
  "WITH_TABLE",
  `CREATE TABLE n (i INTEGER);INSERT INTO n VALUES ${Array.from({ length: 30 }, (_, i) => `(${i})`).join(",")}`,
);

describe("the program", () => {
  it("runs SQL from its arguments and keeps a file", async () => {
    expect(await program.run(["a.db", MAKE, "SELECT * FROM t"])).toEqual({
      out: "1|x\n2|\n",
      err: "",
      code: 0,
    });
    const { out } = await program.run(["-box", "a.db", "SELECT a, id * 1.0 AS r FROM t"]);
    expect(out).toBe(
      "┌──────┬─────┐\n│ a    │   r │\n├──────┼─────┤\n│ x    │ 1.0 │\n│ NULL │ 2.0 │\n└──────┴─────┘\n",
    );
    expect(readdirSync(program.folder).filter((name) => name.includes("lock"))).toEqual([]);
  });

  it("runs a script from standard input to its end and tells of errors by line", async () => {
    const script =
      "SELECT 1;\n.headers on\nSELECT 2 AS two,\n  nope FROM sqlite_schema;\nSELECT 3 AS three";
    expect(await program.run([], script)).toEqual({
      out: "1\nthree\n3\n",
      err: "Error near line 4: no such column: nope\n    nope FROM sqlite_schema\n    ^--- line 2, column 3\n",
      code: 1,
    });
    expect(await program.run(["-bail"], script)).toMatchObject({ out: "1\n", code: 1 });
  });

  it("stops at an error in its arguments, with caret and hint", async () => {
    expect(await program.run([":memory:", "SELEC 1", "SELECT 2"])).toEqual({
      out: "",
      err: 'Error near line 1: near "SELEC": syntax error\n  SELEC 1\n  ^--- line 1, column 1\n  hint: did you mean SELECT?\n',
      code: 1,
    });
  });

  it("says what it cannot open or understand", async () => {
    expect(await program.run(["no/such/x.db", "SELECT 1"])).toMatchObject({
      code: 1,
      err: "dosql: cannot open no/such/x.db: Cannot open database because the directory does not exist\n",
    });
    writeFileSync(file("text.txt"), "some words ".repeat(1000));
    expect(await program.run(["text.txt"])).toMatchObject({
      code: 1,
      err: expect.stringContaining("file is not a database (SQLITE_NOTADB)") as string,
    });
    expect(await program.run(["-nope"])).toMatchObject({
      code: 2,
      err: expect.stringContaining("usage: dosql") as string,
    });
    expect(await program.run(["--version"])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^dosql \d+\.\d+\.\d+\n$/) as string,
    });
    expect((await program.run(["a.db", ".exit 7"])).code).toBe(7);
  });

  it("refuses to write under -readonly", async () => {
    await program.run(["ro.db", MAKE]);
    expect(
      await program.run(["-readonly", "ro.db", "SELECT count(*) FROM t; DELETE FROM t"]),
    ).toMatchObject({
      out: "2\n",
      err: expect.stringContaining(
        "attempt to write a readonly database (SQLITE_READONLY)",
      ) as string,
      code: 1,
    });
  });
});

describe("dot commands", () => {
  it("show the schema", async () => {
    await program.run([
      "s.db",
      "CREATE TABLE b (x); CREATE TABLE a (y UNIQUE); CREATE INDEX bx ON b (x);",
    ]);
    expect((await program.run(["s.db", ".tables"])).out).toBe("a\nb\n");
    expect((await program.run(["s.db", ".tables B%"])).out).toBe("b\n");
    expect((await program.run(["s.db", ".indexes"])).out).toBe("bx\n");
    expect((await program.run(["s.db", ".schema b"])).out).toBe(
      "CREATE TABLE b (x);\nCREATE INDEX bx ON b (x);\n",
    );
  });

  it("dump what .read makes again", async () => {
    const make = `CREATE TABLE d (id INTEGER PRIMARY KEY, t TEXT, r REAL, b BLOB, i INTEGER); CREATE INDEX dt ON d (t);
      CREATE TABLE "odd name" ("a ""b" TEXT); INSERT INTO "odd name" VALUES ('it''s; -- fine' || char(10) || 'x');
      INSERT INTO d VALUES (1, 'text', 1.0, x'00ff', 9223372036854775807), (2, NULL, 1e300, NULL, -1), (3, '', 0.1, x'', 0);
      CREATE TABLE s (k INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO s VALUES (41); DELETE FROM s;`;
    await program.run(["d1.db", make]);
    const { out } = await program.run(["d1.db", ".dump"]);
    expect(out).toContain("INSERT INTO d VALUES(1,'text',1.0,x'00ff',9223372036854775807);");
    writeFileSync(file("d.sql"), out);
    expect(await program.run(["d2.db", ".read d.sql"])).toEqual({ out: "", err: "", code: 0 });
    expect((await program.run(["d2.db", ".dump"])).out).toBe(out);
    expect(
      (await program.run(["d2.db", "INSERT INTO s VALUES (NULL)", "SELECT k FROM s"])).out,
    ).toBe("42\n");
    expect(await program.run(["d3.db"], out)).toEqual({ out: "", err: "", code: 0 });
    expect(
      (await program.run(["d3.db", "SELECT typeof(r), typeof(i) FROM d WHERE id = 1"])).out,
    ).toBe("real|integer\n");
  });

  it("name the file and line of an error", async () => {
    writeFileSync(file("bad.sql"), "SELECT 1;\n\nSELECT\n  nope;\n.mode nope\n");
    const { err, code } = await program.run([":memory:", ".read bad.sql"]);
    expect(code).toBe(1);
    expect(err).toContain(
      "Error in bad.sql, line 4: no such column: nope\n    nope\n    ^--- line 2, column 3\n",
    );
    expect(err).toContain("no mode nope; there are: box, column,");
    expect((await program.run([":memory:", ".read nope.sql"])).err).toContain("ENOENT");
  });

  it("write elsewhere", async () => {
    await program
      .run(
        [":memory:"],
        ".output o.txt\nSELECT 1;\n.output\nSELECT 2;\n.once p.txt\n.mode json\nSELECT 3 AS x;\nSELECT 4 AS y;\n",
      )
      .then(({ out }) => expect(out).toBe('2\n[{"y":4}]\n'));
    expect(readFileSync(file("o.txt"), "utf8")).toBe("1\n");
    expect(readFileSync(file("p.txt"), "utf8")).toBe('[{"x":3}]\n');
  });

  it("import CSV, all rows or none", async () => {
    const rows = Array.from({ length: 3000 }, (_, i) => `${i},"name ${i}, ""quoted"""`);
    writeFileSync(file("i.csv"), `id,name\n${rows.join("\n")}\n`);
    const { out, err } = await program.run([
      "i.db",
      ".import i.csv made",
      "SELECT count(*), max(name), typeof(max(id)) FROM made",
    ]);
    expect([out, err]).toEqual(['3000|name 999, "quoted"|text\n', ""]);
    await program.run([
      "i.db",
      "CREATE TABLE there (id INTEGER PRIMARY KEY, name TEXT)",
      ".import --csv --skip 1 i.csv there",
    ]);
    expect(
      (await program.run(["i.db", "SELECT count(*), sum(id), typeof(max(id)) FROM there"])).out,
    ).toBe("3000|4498500|integer\n");
    const again = await program.run(["i.db", ".import --skip 1 i.csv there"]);
    expect(again).toMatchObject({
      code: 1,
      err: expect.stringContaining("UNIQUE constraint failed: there.id") as string,
    });
    writeFileSync(file("short.csv"), "9001,x\n9002\n");
    expect((await program.run(["i.db", ".import short.csv there"])).err).toContain(
      "short.csv: row 2 has 1 values, expected 2",
    );
    expect((await program.run(["i.db", "SELECT count(*) FROM there"])).out).toBe("3000\n");
  });

  it("set and show", async () => {
    const { out } = await program.run(
      [":memory:"],
      ".nullvalue NIL\n.separator ,\nSELECT NULL, 2;\n.timer on\nSELECT 1;\n.timer off\n.echo on\nSELECT 3;\n.show\n.help\n",
    );
    expect(out).toMatch(/^NIL,2\n1\nRun time: [\d.]+ ms \(1 row\)\nSELECT 3;\n3\n/);
    expect(out).toContain('nullvalue: "NIL"');
    expect(out).toContain(".import [--csv] [--skip N] FILE TABLE");
    expect((await program.run([":memory:"], ".nope\n")).err).toBe(
      "Error: no command .nope; .help lists them\n".replace("Error", "Error"),
    );
  });

  it("open another database", async () => {
    expect(
      (
        await program.run(
          [":memory:"],
          `.open a2.db\n${MAKE}\n.open :memory:\n.tables\n.open a2.db\n.tables\n`,
        )
      ).out,
    ).toBe("t\n");
    expect(existsSync(file("a2.db-lock"))).toBe(false);
  });
});

describe("an interrupt", () => {
  it("ends a script's statement and the script", async () => {
    const run = await program.run([":memory:"], `SELECT 'go';\n${ENDLESS}SELECT 'never';\n`, "go");
    expect(run).toMatchObject({
      out: "go\n",
      code: 130,
      err: expect.stringContaining("interrupted (SQLITE_INTERRUPT)") as string,
    });
  });

  it("ends the statement and not the session of a person", async () => {
    const run = await program.run(
      ["-interactive", "-list"],
      `SELECT 'go';\n${ENDLESS}SELECT 'after';\n`,
      "go\n",
    );
    expect(run.out).toContain("after\n");
    expect(run.err).toContain("interrupted");
    expect(run.code).toBe(0);
  });
});
