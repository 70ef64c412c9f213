// The Node door against what better-sqlite3 documents: errors by class and words, parameters,
// modes, read-only files, CommonJS and ES modules.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import Database, { SqliteError } from "../../bindings/node/index.ts";
// @ts-expect-error a script of the build
import { bundle } from "../../scripts/bundle.mjs";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "dosql-better-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const table = (): Database =>
  new Database().exec("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT UNIQUE, b REAL NOT NULL)");

describe("parameters", () => {
  const three = (sql: string) => new Database().prepare(sql).raw();

  it("go by position, in lists, by name, mixed", () => {
    expect(three("SELECT ?, ?, ?").get(1, "x", null)).toEqual([1, "x", null]);
    expect(three("SELECT ?, ?, ?").get([1, 2], 3)).toEqual([1, 2, 3]);
    expect(three("SELECT :a, @b, $c").get({ a: 1, b: 2, c: 3, more: 4 })).toEqual([1, 2, 3]);
    expect(three("SELECT :a, @a, :a").get({ a: 7 })).toEqual([7, 7, 7]);
    expect(three("SELECT ?, :n, ?").get(1, { n: 2 }, 3)).toEqual([1, 2, 3]);
    expect(three("SELECT ?, :n, ?").get({ n: 2 }, [1, 3])).toEqual([1, 2, 3]);
    expect(three("SELECT ?2, ?1, ?2").get("a", "b")).toEqual(["b", "a", "b"]);
    expect(three("SELECT ?2, ?1, ?1").get({ 1: "a", 2: "b" })).toEqual(["b", "a", "a"]);
    const object = Object.assign(Object.create(null) as object, { a: 1 }) as Record<string, number>;
    expect(three("SELECT :a").get(object)).toEqual([1]);
  });

  it("are NULL when undefined, bytes when views, exact when bigint", () => {
    const kinds = three("SELECT typeof(?), typeof(?), typeof(?), typeof(?), hex(?)");
    expect(kinds.get(undefined, 9n, 0.5, Buffer.from("x"), new Uint16Array([1, 2]))).toEqual([
      "null",
      "integer",
      "real",
      "blob",
      "01000200",
    ]);
    expect(
      three("SELECT ?")
        .safeIntegers()
        .get(2n ** 63n - 1n),
    ).toEqual([2n ** 63n - 1n]);
  });

  it.each<[string, unknown[], unknown, string]>([
    ["SELECT ?, ?", [1], RangeError, "Too few parameter values were provided"],
    ["SELECT ?", [1, 2], RangeError, "Too many parameter values were provided"],
    ["SELECT 1", [1], RangeError, "Too many parameter values were provided"],
    ["SELECT ?", [{ a: 1 }], RangeError, "Too few parameter values were provided"],
    ["SELECT :a", [], TypeError, "Missing named parameters"],
    ["SELECT :a, :b", [{ a: 1 }], RangeError, 'Missing named parameter "b"'],
    [
      "SELECT :a",
      [{ a: 1 }, { a: 1 }],
      TypeError,
      "You cannot specify named parameters in two different objects",
    ],
    [
      "SELECT :a",
      [new Date()],
      TypeError,
      "Named parameters can only be passed within plain objects",
    ],
    [
      "SELECT ?",
      [new Date()],
      TypeError,
      "SQLite3 can only bind numbers, strings, bigints, buffers, and null",
    ],
    [
      "SELECT ?",
      [true],
      TypeError,
      "SQLite3 can only bind numbers, strings, bigints, buffers, and null",
    ],
    [
      "SELECT ?",
      [[[1]]],
      TypeError,
      "SQLite3 can only bind numbers, strings, bigints, buffers, and null",
    ],
    ["SELECT ?", [2n ** 63n], RangeError, "The bound string, buffer, or bigint is too big"],
  ])("%s refuses %#", (sql, args, kind, message) => {
    const statement = new Database().prepare(sql);
    for (const call of ["get", "all", "iterate", "run", "bind"] as const) {
      expect(() => statement[call](...(args as never[]))).toThrow(
        expect.toSatisfy((e) => e instanceof (kind as ErrorConstructor) && e.message === message),
      );
    }
  });
});

describe("a statement", () => {
  it("expands rows by table and describes its columns", () => {
    const db = table();
    db.exec(
      "CREATE TABLE u (t_id INTEGER, a TEXT); INSERT INTO t VALUES (1, 'x', 2); INSERT INTO u VALUES (1, 'y')",
    );
    const join = db.prepare(
      "SELECT t.*, v.a AS other, t.b + 1 AS c FROM t JOIN u AS v ON v.t_id = t.id",
    );
    const row = { t: { id: 1, a: "x", b: 2 }, u: { other: "y" }, $: { c: 3 } };
    expect(join.expand().all()).toEqual([row]);
    expect(join.get()).toEqual(row);
    expect([...join.iterate()]).toEqual([row]);
    expect(join.expand(false).get()).toEqual({ id: 1, a: "x", b: 2, other: "y", c: 3 });
    expect(join.columns()).toEqual([
      { name: "id", column: "id", table: "t", database: "main", type: "INTEGER" },
      { name: "a", column: "a", table: "t", database: "main", type: "TEXT" },
      { name: "b", column: "b", table: "t", database: "main", type: "REAL" },
      { name: "other", column: "a", table: "u", database: "main", type: "TEXT" },
      { name: "c", column: null, table: null, database: null, type: null },
    ]);
    expect(() => db.prepare("DELETE FROM t").columns()).toThrow(
      "The columns() method is only for statements that return data",
    );
    for (const method of ["raw", "pluck", "expand"] as const) {
      expect(() => db.prepare("DELETE FROM t")[method]()).toThrow(
        `The ${method}() method is only for statements that return data`,
      );
    }
  });

  it("keeps one mode, the last", () => {
    const statement = new Database().prepare("SELECT 1 AS a, 2 AS b");
    expect(statement.raw().pluck().get()).toBe(1);
    expect(statement.raw(false).get()).toBe(1);
    expect(statement.expand().pluck(false).get()).toEqual({ $: { a: 1, b: 2 } });
    expect(() => statement.raw(1 as never)).toThrow("Expected first argument to be a boolean");
  });

  it("is busy while its rows are iterated", () => {
    const db = table();
    db.exec("INSERT INTO t VALUES (1, 'x', 1), (2, 'y', 2)");
    const all = db.prepare("SELECT id FROM t");
    const rows = all.iterate();
    expect(all.busy).toBe(true);
    expect(() => all.get()).toThrow("This statement is busy executing a query");
    expect(() => all.raw()).toThrow(TypeError);
    expect(rows.next()).toEqual({ done: false, value: { id: 1 } });
    db.exec("DELETE FROM t"); // another statement may run
    expect(rows.next()).toEqual({ done: false, value: { id: 2 } });
    expect(rows.next().done).toBe(true);
    expect(all.busy).toBe(false);
    expect(all.get()).toBeUndefined();
    const cut = db.prepare("SELECT 1 UNION ALL SELECT 2".replace(/ UNION.*/, "")).iterate();
    expect(cut.return?.()).toEqual({ done: true, value: undefined });
  });

  it("counts changes and rowids as better-sqlite3 does", () => {
    const db = table();
    const insert = db.prepare("INSERT INTO t (a, b) VALUES (?, ?)");
    expect(insert.run("x", 1)).toEqual({ changes: 1, lastInsertRowid: 1 });
    expect(db.prepare("UPDATE t SET b = 2 WHERE id = 9").run()).toEqual({
      changes: 0,
      lastInsertRowid: 1,
    });
    expect(db.prepare("SELECT 1").run()).toEqual({ changes: 0, lastInsertRowid: 1 });
    expect(insert.safeIntegers().run("y", 1)).toEqual({ changes: 1, lastInsertRowid: 2n });
    db.defaultSafeIntegers();
    expect(db.prepare("SELECT id, b FROM t WHERE a = 'y'").get()).toEqual({ id: 2n, b: 1 });
    expect(db.prepare("SELECT id FROM t").safeIntegers(false).pluck().all()).toEqual([1, 2]);
  });

  it("throws SqliteError with SQLite's code and words", () => {
    const db = table();
    const insert = db.prepare("INSERT INTO t VALUES (?, ?, ?)");
    insert.run(1, "x", 1);
    const failing = (run: () => unknown): unknown => {
      try {
        run();
      } catch (error) {
        const { name, code, message } = error as SqliteError;
        return [error instanceof SqliteError && name, code, message];
      }
    };
    expect(failing(() => insert.run(1, "y", 1))).toEqual([
      "SqliteError",
      "SQLITE_CONSTRAINT_PRIMARYKEY",
      "UNIQUE constraint failed: t.id",
    ]);
    expect(failing(() => insert.run(2, "x", 1))).toEqual([
      "SqliteError",
      "SQLITE_CONSTRAINT_UNIQUE",
      "UNIQUE constraint failed: t.a",
    ]);
    expect(failing(() => insert.run(2, "y", null))).toEqual([
      "SqliteError",
      "SQLITE_CONSTRAINT_NOTNULL",
      "NOT NULL constraint failed: t.b",
    ]);
    expect(failing(() => insert.run("word", "y", 1))).toEqual([
      "SqliteError",
      "SQLITE_MISMATCH",
      "datatype mismatch",
    ]);
    expect(failing(() => db.prepare("SELECT * FROM nope"))).toEqual([
      "SqliteError",
      "SQLITE_ERROR",
      "no such table: nope",
    ]);
    expect(failing(() => db.exec("SELECT 1; SELEC 2"))).toEqual([
      "SqliteError",
      "SQLITE_ERROR",
      'near "SELEC": syntax error',
    ]);
    expect(() => db.prepare("SELECT 1; SELECT 2")).toThrow(RangeError);
    expect(() => db.prepare("-- nothing")).toThrow(RangeError);
    expect(() => db.exec(1 as never)).toThrow("Expected first argument to be a string");
  });

  it("survives DROP and a new table of that name", () => {
    const db = table();
    const all = db.prepare("SELECT * FROM t");
    expect(all.all()).toEqual([]);
    db.exec("DROP TABLE t; CREATE TABLE t (z)");
    expect(all.columns()).toHaveLength(all.raw().columns().length);
    db.exec("INSERT INTO t VALUES (5)");
    expect(all.raw(false).get()).toEqual({ z: 5 });
    expect(all.columns()).toEqual([
      { name: "z", column: "z", table: "t", database: "main", type: null },
    ]);
  });
});

describe("a database", () => {
  it("may be made without new, and shows its state", () => {
    const db = (Database as unknown as (path: string) => Database)(":memory:");
    expect(db).toBeInstanceOf(Database);
    expect(Object.keys(db).sort()).toEqual(["inTransaction", "memory", "name", "open", "readonly"]);
  });

  it("checks its options", () => {
    const make =
      (...args: unknown[]) =>
      () =>
        new Database(...(args as []));
    expect(make(1)).toThrow("Expected first argument to be a string");
    expect(make("", 1)).toThrow("Expected second argument to be an options object");
    expect(make("", { readOnly: true })).toThrow(
      'Misspelled option "readOnly" should be "readonly"',
    );
    expect(make("", { readonly: true })).toThrow(
      "In-memory/temporary databases cannot be readonly",
    );
    expect(make("x", { readonly: 1 })).toThrow('Expected the "readonly" option to be a boolean');
    expect(make("", { timeout: -1 })).toThrow(
      'Expected the "timeout" option to be a positive integer',
    );
    expect(make("", { verbose: 1 })).toThrow('Expected the "verbose" option to be a function');
    expect(make(join(folder, "none/x.db"))).toThrow(
      "Cannot open database because the directory does not exist",
    );
    expect(make(folder)).toThrow(
      expect.objectContaining({ code: "SQLITE_CANTOPEN", message: "unable to open database file" }),
    );
    expect(make(join(folder, "x.db"), { fileMustExist: true })).toThrow(
      expect.objectContaining({ code: "SQLITE_CANTOPEN" }),
    );
    expect(make(Buffer.from(""))).toThrow("is not supported");
  });

  it("tells verbose what runs, parameters filled in", () => {
    const verbose = vi.fn();
    const db = new Database("", { verbose });
    db.exec("CREATE TABLE v (x); -- note\n INSERT INTO v VALUES (1)");
    db.prepare("SELECT ?, '?', :n, ? -- ?").get([1, "it's"], { n: Buffer.from("a") });
    db.prepare("SELECT ?2, ?1, ?").get(null, 2.5, 3);
    db.transaction(() => {})();
    expect(verbose.mock.calls.map(([text]) => String(text).trim())).toEqual([
      "CREATE TABLE v (x);",
      "-- note\n INSERT INTO v VALUES (1)",
      "SELECT 1, '?', x'61', 'it''s' -- ?",
      "SELECT 2.5, NULL, 3",
      "BEGIN",
      "COMMIT",
    ]);
  });

  it("refuses by name what it has not", async () => {
    const db = new Database();
    for (const method of [
      "function",
      "aggregate",
      "table",
      "loadExtension",
      "serialize",
    ] as const) {
      expect(() => db[method]("x")).toThrow(
        expect.objectContaining({
          code: "SQLITE_ERROR",
          message: expect.stringMatching(new RegExp(`^${method}\\(\\).*not supported$`)) as string,
        }),
      );
    }
    await expect(db.backup("x")).rejects.toThrow(
      "backup(): a copy of an open database is not supported",
    );
  });

  it("opened read-only reads what was committed and writes nothing", () => {
    const path = join(folder, "r.db");
    const db = new Database(path);
    db.exec("CREATE TABLE t (x); INSERT INTO t VALUES (1)");
    db.checkpoint();
    db.exec("INSERT INTO t VALUES (2)"); // in the log only
    db.close();
    const files = (): Record<string, string> =>
      Object.fromEntries(
        readdirSync(folder).map((f) => [f, readFileSync(join(folder, f), "base64")]),
      );
    const before = files();
    const reader = new Database(path, { readonly: true });
    expect(reader.readonly).toBe(true);
    expect(reader.prepare("SELECT x FROM t").pluck().all()).toEqual([1, 2]);
    const refused = expect.objectContaining({
      code: "SQLITE_READONLY",
      message: "attempt to write a readonly database",
    }) as Error;
    expect(() => reader.prepare("DELETE FROM t").run()).toThrow(refused);
    expect(() => reader.exec("CREATE TABLE u (x)")).toThrow(refused);
    expect(reader.transaction(() => reader.prepare("SELECT count(*) FROM t").pluck().get())()).toBe(
      2,
    );
    reader.close();
    expect(files()).toEqual(before);
    expect(() => new Database(join(folder, "none.db"), { readonly: true })).toThrow(
      expect.objectContaining({ code: "SQLITE_CANTOPEN" }),
    );
  });

  it("does not touch a file that is none of its own", () => {
    const path = join(folder, "other.db");
    writeFileSync(path, `SQLite format 3\0${"x".repeat(9000)}`);
    expect(() => new Database(path)).toThrow(
      expect.objectContaining({
        code: "SQLITE_NOTADB",
        message: "file is not a database",
        hint: expect.stringContaining("SQLite") as string,
      }),
    );
    expect(readdirSync(folder)).toEqual(["other.db"]);
    chmodSync(path, 0o400);
  });

  it("waits for another process up to its timeout", async () => {
    const path = join(folder, "w.db");
    const held = new Database(path);
    const start = performance.now();
    expect(() => new Database(path)).toThrow(expect.objectContaining({ code: "SQLITE_BUSY" }));
    expect(performance.now() - start).toBeLessThan(1000); // this process: no use to wait
    held.close();
    const script = `
      import { FileLock } from ${JSON.stringify(new URL("../../bindings/node/file-lock.ts", import.meta.url).href)};
      const lock = new FileLock(${JSON.stringify(`${path}-lock`)});
      console.log("held");
      setTimeout(() => lock.release(), 600);`;
    const other = spawn(process.execPath, ["--input-type=module", "-e", script]);
    await once(other.stdout, "data");
    expect(() => new Database(path, { timeout: 0 })).toThrow(
      expect.objectContaining({ code: "SQLITE_BUSY" }),
    );
    new Database(path, { timeout: 20_000 }).close();
    await once(other, "close");
  });

  it("ends statements while the interrupt flag is set", () => {
    const flag = new Int32Array(new SharedArrayBuffer(4));
    const db = new Database("", { interrupt: flag });
    db.exec("CREATE TABLE n (i INTEGER)");
    const insert = db.prepare("INSERT INTO n VALUES (?)");
    db.transaction(() => {
      for (let i = 0; i < 5000; i++) insert.run(i);
    })();
    const count = db.prepare("SELECT count(*) FROM n AS a, n AS b WHERE a.i < 2").pluck();
    flag[0] = 1;
    expect(() => count.get()).toThrow(
      expect.objectContaining({ code: "SQLITE_INTERRUPT", message: "interrupted" }),
    );
    flag[0] = 0;
    expect(count.get()).toBe(10_000);
  });
});

describe("transaction", () => {
  it("has its variants and its database", () => {
    const db = table();
    const one = db.transaction((a: number) => a + 1);
    expect(one.database).toBe(db);
    for (const variant of ["default", "deferred", "immediate", "exclusive"] as const) {
      expect(one[variant](1)).toBe(2);
      expect(one[variant].deferred(2)).toBe(3);
    }
    expect(() => db.transaction(1 as never)).toThrow("Expected first argument to be a function");
  });

  it("leaves a transaction that its body ended", () => {
    const db = table();
    const ends = db.transaction(() => {
      db.exec("ROLLBACK");
      throw new Error("over");
    });
    expect(() => ends()).toThrow("over");
    expect(db.inTransaction).toBe(false);
  });
});

describe("the package", () => {
  it("is the class under require and under import, installed as better-sqlite3", async () => {
    const root = fileURLToPath(new URL("../..", import.meta.url));
    const installed = join(folder, "node_modules/better-sqlite3");
    mkdirSync(join(installed, "dist"), { recursive: true });
    copyFileSync(join(root, "package.json"), join(installed, "package.json"));
    copyFileSync(join(root, "dist/dosql.wasm"), join(installed, "dist/dosql.wasm"));
    await (bundle as (name: string, folder: string) => Promise<void>)(
      "node",
      join(installed, "dist"),
    );
    const body = `
      const db = new Database(":memory:");
      const { SqliteError } = Database;
      try { db.prepare("SELEC"); } catch (error) {
        console.log(db.prepare("SELECT 40 + ? AS n").get(2).n, error instanceof SqliteError, error.name, db.constructor.name);
      }`;
    writeFileSync(join(folder, "a.cjs"), `const Database = require("better-sqlite3");${body}`);
    writeFileSync(join(folder, "b.mjs"), `import Database from "better-sqlite3";${body}`);
    writeFileSync(
      join(folder, "c.mjs"),
      `import { createRequire } from "node:module"; import Database, { SqliteError } from "better-sqlite3";
       const required = createRequire(import.meta.url)("better-sqlite3");
       console.log(required === Database, required.SqliteError === SqliteError);`,
    );
    const run = (file: string): string => {
      const { stdout, stderr } = spawnSync(process.execPath, [join(folder, file)], {
        encoding: "utf8",
      });
      return stdout + stderr;
    };
    expect(run("a.cjs")).toBe("42 true SqliteError Database\n");
    expect(run("b.mjs")).toBe("42 true SqliteError Database\n");
    expect(run("c.mjs")).toBe("true true\n");
  });
});
