import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from "vitest";
import Database, { SqliteError, type Statement } from "../../bindings/node/index.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "dosql-node-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function people(): Database {
  return new Database().exec(`
    CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL, age INTEGER);
    INSERT INTO people VALUES (1, 'Ada', 36), (2, 'Grace', 85), (3, 'Edsger', 72);`);
}

describe("Database", () => {
  it("tells what it is", () => {
    const db = new Database();
    expect(db).toMatchObject({
      open: true,
      memory: true,
      name: "",
      inTransaction: false,
      readonly: false,
    });
    expect(db.close()).toBe(db);
    expect(db.open).toBe(false);
    expect(() => db.prepare("SELECT 1")).toThrow("The database connection is not open");
    expect(() => db.exec("SELECT 1")).toThrow(TypeError);
    db.close();
  });

  it("prepares one statement at a time", () => {
    const db = new Database();
    expect(() => db.prepare("SELECT 1; SELECT 2")).toThrow(/more than one statement/);
    expect(() => db.prepare("  ")).toThrow("The supplied SQL string contains no statements");
    expect(() => db.prepare("SELEC 1")).toThrow(SqliteError);
    expect(db.prepare("SELECT 1 AS a; -- and a comment").get()).toEqual({ a: 1 });
  });

  it("runs pragmas", () => {
    expect(people().pragma("integrity_check", { simple: true })).toBe("ok");
  });
});

describe("Statement", () => {
  it("gets, runs and iterates", () => {
    const db = people();
    const byId = db.prepare<{ id: number; name: string; age: number }>(
      "SELECT * FROM people WHERE id = ?",
    );
    expect(byId.get(2)).toEqual({ id: 2, name: "Grace", age: 85 });
    expect(byId.get(9)).toBeUndefined();
    const all = db.prepare<{ name: string }>("SELECT name FROM people ORDER BY id");
    expect(all.all().map((r) => r.name)).toEqual(["Ada", "Grace", "Edsger"]);
    expect([...all.iterate()]).toHaveLength(3);
    const insert = db.prepare("INSERT INTO people (name, age) VALUES (?, ?)");
    expect(insert.run("Barbara", 82)).toEqual({ changes: 1, lastInsertRowid: 4 });
    expect(db.prepare("UPDATE people SET age = age + 1").run()).toMatchObject({ changes: 4 });
    expect(db.prepare("DELETE FROM people WHERE id > ?").run([2])).toMatchObject({ changes: 2 });
    expectTypeOf(byId).toEqualTypeOf<Statement<{ id: number; name: string; age: number }>>();
  });

  it("has modes", () => {
    const db = people();
    const statement = db.prepare("SELECT id, name FROM people ORDER BY id");
    expect(statement.raw().all()).toEqual([
      [1, "Ada"],
      [2, "Grace"],
      [3, "Edsger"],
    ]);
    expect(statement.raw(false).pluck().all()).toEqual([1, 2, 3]);
    expect(statement.pluck().get()).toBe(1);
    expect(statement.pluck(false).get()).toEqual({ id: 1, name: "Ada" });
    expect(statement.safeIntegers().get()).toEqual({ id: 1n, name: "Ada" });
    expect(statement.columns().map((c) => c.name)).toEqual(["id", "name"]);
    expect(statement).toMatchObject({
      reader: true,
      readonly: true,
      source: "SELECT id, name FROM people ORDER BY id",
    });
    expect(db.prepare("DELETE FROM people")).toMatchObject({ reader: false, readonly: false });
  });

  it("keeps bound parameters", () => {
    const bound = people().prepare("SELECT name FROM people WHERE id = ?").bind(3);
    expect(bound.get()).toEqual({ name: "Edsger" });
    expect(() => bound.get(1)).toThrow("This statement already has bound parameters");
    expect(() => bound.bind(1)).toThrow(TypeError);
  });

  it("refuses what does not fit", () => {
    const db = people();
    const select = db.prepare("SELECT * FROM people WHERE id = ?");
    const insert = db.prepare("INSERT INTO people (name) VALUES (?)");
    expect(() => insert.get("x")).toThrow("This statement does not return data. Use run() instead");
    expect(() => select.get()).toThrow("Too few parameter values were provided");
    expect(() => select.get(1, 2)).toThrow("Too many parameter values were provided");
    for (const value of [true, Symbol("s"), new Date()]) {
      expect(() => select.get(value as never)).toThrow(TypeError);
    }
    expect(() => insert.run(null)).toThrow(
      expect.objectContaining({
        code: "SQLITE_CONSTRAINT_NOTNULL",
        message: "NOT NULL constraint failed: people.name",
      }),
    );
  });

  it("gives exact integers and Buffers", () => {
    const db = new Database();
    db.exec("CREATE TABLE v (x)");
    const big = 2n ** 62n + 1n;
    db.prepare("INSERT INTO v VALUES (?), (?)").run(big, Buffer.from("bytes"));
    const [n, b] = db.prepare<unknown>("SELECT x FROM v").pluck().all();
    expect(n).toBe(big);
    expect(Buffer.isBuffer(b) && String(b)).toBe("bytes");
    expect(db.prepare("INSERT INTO v (rowid, x) VALUES (?, 1)").run(big).lastInsertRowid).toBe(big);
  });

  it("is read while others write, and can be left half-way", () => {
    const db = new Database();
    db.exec("CREATE TABLE t (id INTEGER PRIMARY KEY)");
    db.transaction(() => {
      const insert = db.prepare("INSERT INTO t VALUES (?)");
      for (let i = 0; i < 10_000; i++) insert.run(i);
    })();
    const ids = db.prepare<number>("SELECT id FROM t ORDER BY id").pluck();
    let seen = 0;
    for (const id of ids.iterate()) {
      expect(id).toBe(seen++);
      if (seen % 1000 === 0) db.prepare("DELETE FROM t WHERE id = ?").run(id + 500);
    }
    expect(seen).toBe(10_000);
    for (const id of ids.iterate()) if (id > 10) break;
    expect(ids.all()).toHaveLength(9_991);
  });
});

describe("transaction", () => {
  it("commits, rolls back, nests", () => {
    const db = people();
    const rename = db.prepare("UPDATE people SET name = ? WHERE id = ?");
    const both = db.transaction((a: string, b: string) => {
      expect(db.inTransaction).toBe(true);
      rename.run(a, 1);
      rename.run(b, 2);
      if (b === "fail") throw new Error("no");
      return "done";
    });
    expect(both("A", "B")).toBe("done");
    expect(() => both("X", "fail")).toThrow("no");
    expect(db.inTransaction).toBe(false);
    const outer = db.transaction(() => {
      rename.run("outer", 3);
      expect(() => both("Y", "fail")).toThrow("no");
    });
    outer.immediate();
    expect(db.prepare("SELECT name FROM people ORDER BY id").pluck().all()).toEqual([
      "A",
      "B",
      "outer",
    ]);
    expect(() => db.transaction(async () => {})()).toThrow(
      "Transaction function cannot return a promise",
    );
  });

  it("stays open over turns when begun by hand", async () => {
    const db = people();
    db.exec("BEGIN; DELETE FROM people");
    await new Promise((resolve) => setTimeout(resolve));
    expect(db.inTransaction).toBe(true);
    db.exec("ROLLBACK");
    expect(db.prepare("SELECT count(*) FROM people").pluck().get()).toBe(3);
  });
});

describe("a file", () => {
  const path = (): string => join(folder, "shop.db");

  it("keeps what was committed", () => {
    const db = new Database(path());
    expect(db).toMatchObject({ memory: false, name: path() });
    db.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); CREATE INDEX ta ON t (a)");
    const insert = db.prepare("INSERT INTO t VALUES (?, ?)");
    for (let i = 0; i < 50; i++) insert.run(i, `a ${i}`);
    db.transaction(() => {
      for (let i = 50; i < 5000; i++) insert.run(i, `a ${i}`);
    })();
    db.exec("BEGIN; DELETE FROM t");
    db.close();
    for (let round = 0; round < 2; round++) {
      const again = new Database(path(), { fileMustExist: true });
      expect(again.prepare("SELECT count(*) FROM t").pluck().get()).toBe(5000);
      expect(again.prepare("SELECT id FROM t WHERE a = ?").pluck().get("a 4321")).toBe(4321);
      expect(again.pragma("integrity_check", { simple: true })).toBe("ok");
      if (round === 0) again.checkpoint();
      again.close();
    }
  });

  it("is locked", () => {
    const db = new Database(path());
    expect(() => new Database(path())).toThrow(
      expect.objectContaining({ code: "SQLITE_BUSY", message: "database is locked" }),
    );
    db.close();
    new Database(path()).close();
    expect(existsSync(`${path()}-lock`)).toBe(false);
    expect(() => new Database(join(folder, "none.db"), { fileMustExist: true })).toThrow(
      SqliteError,
    );
    expect(existsSync(join(folder, "none.db"))).toBe(false);
  });

  it("survives a process that is killed between commits", () => {
    // As a package user runs it: bundled, the module beside it.
    const entry = join(folder, "node.mjs");
    buildSync({
      entryPoints: [fileURLToPath(new URL("../../bindings/node/index.ts", import.meta.url))],
      outfile: entry,
      bundle: true,
      format: "esm",
      platform: "node",
    });
    copyFileSync(
      fileURLToPath(new URL("../../dist/dosql.wasm", import.meta.url)),
      join(folder, "dosql.wasm"),
    );
    const script = `
      import Database from ${JSON.stringify(entry)};
      const db = new Database(${JSON.stringify(path())});
      db.exec("CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, body TEXT)");
      const insert = db.prepare("INSERT INTO t (body) VALUES (?)");
      for (let i = 0; i < 100; i++) insert.run("x".repeat(i * 100));
      db.exec("BEGIN; DELETE FROM t");
      process.kill(process.pid, "SIGKILL");`;
    for (let round = 1; round <= 2; round++) {
      const { signal, stderr } = spawnSync(
        process.execPath,
        ["--input-type=module", "-e", script],
        { encoding: "utf8" },
      );
      expect([signal, stderr]).toEqual(["SIGKILL", ""]);
    }
    const db = new Database(path());
    expect(db.prepare("SELECT count(*) FROM t").pluck().get()).toBe(200);
    expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
    db.close();
  });
});
