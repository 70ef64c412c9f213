import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import {
  DoSQLError,
  connect,
  type Database,
  type ObjectNamespace,
} from "../../bindings/d1/index.ts";
import { databases } from "./objects.ts";

let count = 0;
const fresh = (): Database => connect(databases(env), `d1 ${count++}`);

/** The error that a call ends with. */
async function failure(call: () => Promise<unknown>): Promise<DoSQLError> {
  try {
    await call();
  } catch (error) {
    expect(error).toBeInstanceOf(DoSQLError);
    return error as DoSQLError;
  }
  throw new Error("nothing was thrown");
}

async function withTable(): Promise<Database> {
  const db = fresh();
  await db.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)");
  await db
    .prepare("INSERT INTO t VALUES (?, ?), (?, ?), (?, ?)")
    .bind(1, "x", 2, "y", 3, null)
    .run();
  return db;
}

describe("a statement", () => {
  it("gives rows as objects, as arrays, or the first", async () => {
    const db = await withTable();
    const all = db.prepare("SELECT id, a FROM t WHERE id >= ? ORDER BY id");
    const bound = all.bind(2);
    expect((await bound.all()).results).toEqual([
      { id: 2, a: "y" },
      { id: 3, a: null },
    ]);
    expect((await bound.run()).results.length).toBe(2);
    expect(await bound.raw()).toEqual([
      [2, "y"],
      [3, null],
    ]);
    expect(await bound.raw({ columnNames: true })).toEqual([
      ["id", "a"],
      [2, "y"],
      [3, null],
    ]);
    expect(await bound.first()).toEqual({ id: 2, a: "y" });
    expect(await bound.first("a")).toBe("y");
    expect(await all.bind(9).first()).toBeNull();
    expect(await all.bind(9).first("a")).toBeNull();
    expect(await all.bind(9).raw({ columnNames: true })).toEqual([["id", "a"]]);
    expect((await failure(() => bound.first("b"))).message).toContain("no column b");
    expect((await failure(() => all.all())).code).toBe("Parameter");
  });

  it("tells what it did", async () => {
    const db = await withTable();
    const { success, meta } = await db.prepare("INSERT INTO t (a) VALUES (?)").bind("z").run();
    expect(success).toBe(true);
    expect(meta).toMatchObject({
      changes: 1,
      last_row_id: 4,
      changed_db: true,
      rows_read: expect.any(Number) as number,
      duration: expect.any(Number) as number,
      served_by: "dosql",
      served_by_primary: true,
    });
    expect(meta.rows_written).toBeGreaterThan(0);
    expect(meta.size_after).toBeGreaterThan(4096);
    expect((await db.prepare("SELECT * FROM t").all()).meta).toMatchObject({
      changes: 0,
      changed_db: false,
      rows_read: 4,
      rows_written: 0,
    });
    const update = await db.prepare("UPDATE t SET a = 'w' WHERE id > 1").run();
    expect(update.meta).toMatchObject({ changes: 3, changed_db: true });
    expect((await db.prepare("CREATE TABLE u (a)").run()).meta.changed_db).toBe(true);
  });

  it("carries every value exactly, in both directions", async () => {
    const db = fresh();
    const values = [
      null,
      0,
      -1,
      2 ** 53 - 1,
      2n ** 63n - 1n,
      -(2n ** 63n),
      1.5,
      -Infinity,
      "",
      "é\u{1f600}\0x",
      new Uint8Array([0, 1, 255]),
      new Uint8Array(0),
    ];
    const marks = values.map(() => "?").join(", ");
    expect(
      await db
        .prepare(`SELECT ${marks}`)
        .bind(...values)
        .raw(),
    ).toEqual([values]);
    const view = new Uint8Array([9, 1, 2, 9]).subarray(1, 3);
    const taken = [true, false, view, view.slice().buffer, [1, 2], 5n];
    const bytes = new Uint8Array([1, 2]);
    expect(
      await db
        .prepare("SELECT ?, ?, ?, ?, ?, ?")
        .bind(...taken)
        .raw(),
    ).toEqual([[1, 0, bytes, bytes, bytes, 5]]);
    for (const wrong of [undefined, {}, [300], Symbol("s"), () => 1, 2n ** 63n, new Date()]) {
      expect(() => db.prepare("SELECT ?").bind(wrong)).toThrow(
        expect.objectContaining({ name: "DoSQLError", code: "Parameter" }),
      );
    }
    const big = await db.batch([
      db.prepare("CREATE TABLE big (id INTEGER PRIMARY KEY)"),
      db.prepare("INSERT INTO big VALUES (?)").bind(2n ** 62n),
    ]);
    expect(big[1].meta.last_row_id).toBe(2n ** 62n);
  });

  it("gives thousands of rows, over many frames", async () => {
    const db = fresh();
    await db.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)");
    const insert = db.prepare("INSERT INTO t VALUES (?, ?)");
    await db.batch(Array.from({ length: 5000 }, (_, i) => insert.bind(i, `row ${i}`)));
    const rows = await db.prepare("SELECT id, a FROM t ORDER BY id").raw<[number, string]>();
    expect(rows.length).toBe(5000);
    expect(rows.every(([id, a], i) => id === i && a === `row ${i}`)).toBe(true);
    const first = db.prepare("SELECT id FROM t ORDER BY id DESC");
    expect(await first.first("id")).toBe(4999);
    expect(await first.first("id")).toBe(4999);
  });

  it("gives the last of columns with one name, and __proto__", async () => {
    const db = fresh();
    const { results } = await db.prepare('SELECT 1 AS a, 2 AS a, 3 AS "__proto__"').all();
    expect(Object.entries(results[0])).toEqual([
      ["a", 2],
      ["__proto__", 3],
    ]);
  });

  it("refuses a result over 32 MiB, and then did nothing", async () => {
    const db = fresh();
    await db.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, a BLOB)");
    const insert = db.prepare("INSERT INTO t (a) VALUES (?)").bind(new Uint8Array(1 << 16));
    for (let i = 0; i < 2; i++) await db.batch(Array.from({ length: 260 }, () => insert));
    const limited = (n: number): Promise<unknown[]> =>
      db.prepare(`SELECT a FROM t LIMIT ${n}`).raw();
    expect((await limited(510)).length).toBe(510);
    const error = await failure(() => limited(512));
    expect(error).toMatchObject({ code: "TooBig", sqliteCode: "SQLITE_TOOBIG" });
    expect(error.hint).toContain("LIMIT");
    const half = db.prepare("SELECT a FROM t LIMIT 300");
    expect((await failure(() => db.batch([half, half]))).code).toBe("TooBig");
    // The rows that a change returns wait in the engine's memory, which may end before.
    const returning = db.prepare("UPDATE t SET id = id + 1000 RETURNING a");
    expect((await failure(() => returning.all())).code).toMatch(/^(TooBig|NoMemory)$/);
    expect(await db.prepare("SELECT max(id) FROM t").raw()).toEqual([[520]]);
    const long = Array.from({ length: 600 }, () => insert.bind(new Uint8Array(1 << 16)));
    expect((await failure(() => db.batch(long))).code).toBe("TooBig");
    expect(await db.prepare("SELECT count(*) FROM t").first("count(*)")).toBe(520);
  });
});

describe("a batch", () => {
  it("happens all or not at all", async () => {
    const db = await withTable();
    const insert = db.prepare("INSERT INTO t (id) VALUES (?)");
    const results = await db.batch([insert.bind(4), db.prepare("SELECT count(*) AS n FROM t")]);
    expect(results.map(({ results: rows, meta }) => [rows, meta.changes])).toEqual([
      [[], 1],
      [[{ n: 4 }], 0],
    ]);
    const error = await failure(() => db.batch([insert.bind(5), insert.bind(1)]));
    expect(error).toMatchObject({
      code: "ConstraintPrimaryKey",
      sqliteCode: "SQLITE_CONSTRAINT_PRIMARYKEY",
    });
    expect(await db.prepare("SELECT count(*) AS n FROM t").first("n")).toBe(4);
    expect(await db.batch([])).toEqual([]);
  });

  it("may begin and end a transaction of its own, and stays whole", async () => {
    const db = await withTable();
    const run = (...texts: string[]): Promise<unknown> => db.batch(texts.map((t) => db.prepare(t)));
    const ids = async (): Promise<unknown> =>
      (await db.prepare("SELECT id FROM t ORDER BY id").raw<[number]>()).map(([id]) => id);
    await run("BEGIN", "DELETE FROM t WHERE id = 1", "COMMIT", "DELETE FROM t WHERE id = 2");
    expect(await ids()).toEqual([3]);
    await run(" begin immediate -- now", "DELETE FROM t", "ROLLBACK;");
    expect(await ids()).toEqual([3]);
    await run("SAVEPOINT a", "DELETE FROM t", "ROLLBACK TO a", "RELEASE a");
    expect(await ids()).toEqual([3]);
    // The end of its own transaction does not save it.
    await failure(() => run("BEGIN", "DELETE FROM t", "COMMIT", "SELECT nope"));
    expect(await ids()).toEqual([3]);
    for (const texts of [
      ["BEGIN", "DELETE FROM t"],
      ["BEGIN", "BEGIN", "COMMIT"],
      ["DELETE FROM t", "COMMIT"],
      ["DELETE FROM t", "ROLLBACK"],
      ["BEGIN; DELETE FROM t; COMMIT"],
    ]) {
      expect((await failure(() => run(...texts))).code).toBe("Transaction");
      expect(await ids()).toEqual([3]);
    }
  });
});

describe("a call", () => {
  it("that leaves a transaction open is rolled back and refused", async () => {
    const db = await withTable();
    expect((await failure(() => db.prepare("BEGIN").run())).code).toBe("Transaction");
    const error = await failure(() => db.exec("BEGIN; DELETE FROM t"));
    expect(error).toMatchObject({
      code: "Transaction",
      hint: expect.stringContaining("batch") as string,
    });
    expect((await db.exec("BEGIN; DELETE FROM t WHERE id = 1; COMMIT")).count).toBe(3);
    expect(await db.prepare("SELECT count(*) FROM t").raw()).toEqual([[2]]);
  });

  it("runs a script", async () => {
    const db = fresh();
    const { count: statements, duration } = await db.exec(
      "CREATE TABLE s (a);\nINSERT INTO s VALUES (1);\n-- two\nINSERT INTO s VALUES (2); -- end\n",
    );
    expect(statements).toBe(3);
    expect(duration).toBeGreaterThanOrEqual(0);
    expect((await failure(() => db.exec("INSERT INTO s VALUES (3); SELEC"))).code).toBe("Syntax");
    expect(await db.prepare("SELECT count(*) FROM s").raw()).toEqual([[3]]);
  });

  it("fails with all that the engine said", async () => {
    const db = await withTable();
    expect(await failure(() => db.prepare("SELECT id,\n  nme FROM t").all())).toMatchObject({
      name: "DoSQLError",
      code: "NoSuchObject",
      sqliteCode: "SQLITE_ERROR",
      message: "no such column: nme",
      offset: 13,
      line: 2,
      column: 3,
      token: "nme",
    });
    const unfinished = await failure(() => db.prepare("SELECT FROM t").all());
    expect(unfinished).toMatchObject({ code: "Syntax", line: 1 });
  });

  it("arrives in its order without being awaited", async () => {
    const db = fresh();
    const calls = [db.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER)")];
    for (let i = 0; i < 50; i++) calls.push(db.exec(`INSERT INTO t (n) VALUES (${i})`));
    await Promise.all(calls);
    const rows = await db.prepare("SELECT n FROM t ORDER BY id").raw();
    expect(rows).toEqual(Array.from({ length: 50 }, (_, i) => [i]));
  });

  it("is one round trip", async () => {
    const { get, idFromName } = databases(env);
    let trips = 0;
    const namespace = databases(env);
    const counting = {
      idFromName: idFromName.bind(namespace),
      get: (id: DurableObjectId) => {
        const stub = get.call(namespace, id) as unknown as {
          runQueries(request: unknown): Promise<unknown>;
        };
        return { runQueries: (request: unknown) => (trips++, stub.runQueries(request)) };
      },
    };
    const db = connect(counting, "round trips");
    expect(trips).toBe(0);
    await db.exec("CREATE TABLE t (a); INSERT INTO t VALUES (1)");
    await db.prepare("SELECT a FROM t").first();
    await db.prepare("SELECT a FROM t").all();
    await db.batch([db.prepare("DELETE FROM t"), db.prepare("SELECT a FROM t")]);
    expect(trips).toBe(4);
  });
});

describe("the tag sql", () => {
  it("makes parameters of values, and parts of statements", async () => {
    const db = await withTable();
    const wanted = db.sql`a = ${"y' OR 1=1"} OR id = ${3}`;
    expect(wanted).toMatchObject({ sql: "a = ? OR id = ?", params: ["y' OR 1=1", 3] });
    const query = db.sql`SELECT id FROM t WHERE ${wanted} AND id < ${10}`;
    expect(await query).toEqual([{ id: 3 }]);
    expect(await query.first("id")).toBe(3);
    const [, { results }] = await db.batch([
      db.sql`INSERT INTO t VALUES (${4}, ${null})`,
      db.sql`SELECT count(*) AS n FROM t`,
    ]);
    expect(results).toEqual([{ n: 4 }]);
    expect((await failure(async () => await db.sql`SELECT nope`)).code).toBe("NoSuchObject");
  });
});

it("is refused a binding that is not there", () => {
  const missing = (env as Record<string, unknown>).NOWHERE as ObjectNamespace;
  expect(() => connect(missing, "x")).toThrow(expect.objectContaining({ code: "Misuse" }));
});

it("fills the rest of D1Database", async () => {
  const db = await withTable();
  const d1: D1Database = db;
  const session = d1.withSession("first-primary");
  expect(await session.prepare("SELECT count(*) AS n FROM t").first("n")).toBe(3);
  expect(session.getBookmark()).toBeNull();
  expect((await failure(() => d1.dump())).code).toBe("Unsupported");
});
