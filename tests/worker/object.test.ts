import { env } from "cloudflare:workers";
import { abortAllDurableObjects, evictDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { databases, inside, type Stub } from "./objects.ts";

let count = 0;
const fresh = (): Stub => {
  const namespace = databases(env);
  return namespace.get(namespace.idFromName(`object ${count++}`));
};
/** The same object after its instance went away. */
const named = (name: string): Stub => databases(env).get(databases(env).idFromName(name));

/** The words of the error that a call over RPC ends with. */
async function refusal(call: () => Promise<unknown>): Promise<string> {
  try {
    await call();
  } catch (error) {
    return String(error);
  }
  throw new Error("nothing was thrown");
}

describe("an object", () => {
  it("is queried over RPC", async () => {
    const stub = fresh();
    await stub.query({ sql: "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b BLOB)" });
    const bytes = new Uint8Array([1, 2, 255]);
    const inserted = await stub.query({
      sql: "INSERT INTO t VALUES (?, ?, ?)",
      params: [2n ** 60n, "ü", bytes],
    });
    expect(inserted.meta).toMatchObject({ changes: 1, last_row_id: 2n ** 60n });
    const answer = await stub.query({ sql: "SELECT * FROM t" });
    expect(answer.columns).toEqual(["id", "a", "b"]);
    expect(answer.rows).toEqual([[2n ** 60n, "ü", bytes.buffer]]);
    const { results } = await stub.batch([
      { sql: "DELETE FROM t" },
      { sql: "SELECT count(*) FROM t" },
    ]);
    expect(results.map((r) => r.rows)).toEqual([[], [[0]]]);
    expect(await stub.integrityCheck()).toEqual([]);
    await stub.checkpoint();
  });

  it("fails over RPC with the code and the words", async () => {
    const stub = fresh();
    expect(await refusal(async () => await stub.query({ sql: "SELECT * FROM nope" }))).toContain(
      "no such table: nope",
    );
    expect(await refusal(async () => await stub.query({ sql: "BEGIN" }))).toContain(
      "open transaction",
    );
    expect(
      await refusal(
        async () => await stub.batch([{ sql: "CREATE TABLE t (a)" }, { sql: "SELEC" }]),
      ),
    ).toContain("syntax error");
    expect(await refusal(async () => await stub.query({ sql: "SELECT * FROM t" }))).toContain(
      "no such table",
    );
  });

  it("shows nothing else over RPC", async () => {
    const stub = fresh() as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
    for (const name of ["sql", "engine", "host"]) {
      expect(await refusal(async () => await stub[name]())).toContain(name);
    }
  });

  it("hands its commits over when its storage is asked to sync", () =>
    inside(fresh(), async ({ sql, storage, host }) => {
      sql.exec("CREATE TABLE t (a)");
      await storage.sync();
      const { rowsWritten } = host.meter;
      sql.exec("INSERT INTO t VALUES (1)"); // put at once
      sql.exec("INSERT INTO t VALUES (2)"); // waits for more of the turn
      expect(host.meter.rowsWritten).toBe(rowsWritten + 1);
      const durable = storage.sync();
      expect(host.meter.rowsWritten).toBe(rowsWritten + 2);
      sql.exec("INSERT INTO t VALUES (3)");
      expect(host.meter.rowsWritten).toBe(rowsWritten + 3);
      await durable;
      expect(host.meter.rowsWritten).toBe(rowsWritten + 3);
      expect(sql.exec("SELECT sum(a) AS s FROM t").one()).toEqual({ s: 6 });
    }));

  it("offers SqlStorage's shape to its own code", () =>
    inside(fresh(), ({ sql, transactionSync }) => {
      sql.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)");
      sql.transactionSync(() => {
        for (let i = 0; i < 1000; i++) sql.exec("INSERT INTO t VALUES (?, ?)", i, `a ${i}`);
      });
      expect(sql.exec("SELECT count(*) AS n FROM t").one()).toEqual({ n: 1000 });
      expect([...sql.exec("SELECT a FROM t WHERE id = ?", 7)]).toEqual([{ a: "a 7" }]);
      expect(sql.databaseSize).toBeGreaterThan(0);
      expect(typeof transactionSync).toBe("function");
    }));

  it("finds its data when it comes back", async () => {
    const stub = named("comes back");
    await stub.query({ sql: "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)" });
    await inside(stub, ({ sql }) => {
      for (let i = 0; i < 300; i++) sql.exec("INSERT INTO t VALUES (?, ?)", i, `a ${i}`);
    });
    await evictDurableObject(stub);
    expect(
      (await named("comes back").query({ sql: "SELECT count(*), max(a) FROM t" })).rows,
    ).toEqual([[300, "a 99"]]);
    await named("comes back").checkpoint();
    await named("comes back").query({ sql: "DELETE FROM t WHERE id >= 100" });
    await abortAllDurableObjects();
    expect((await named("comes back").query({ sql: "SELECT count(*) FROM t" })).rows).toEqual([
      [100],
    ]);
    expect(await named("comes back").integrityCheck()).toEqual([]);
  });

  it("commits all of a turn with it, as one billed row", async () => {
    const stub = fresh();
    await stub.query({ sql: "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)" });
    const bill = await inside(stub, async ({ sql, host }, state) => {
      await state.storage.sync();
      const before = host.meter.rowsWritten;
      for (let i = 0; i < 100; i++) sql.exec("INSERT INTO t VALUES (?, ?)", i, "x");
      await state.storage.sync();
      expect(host.meter.rowsWritten).toBe(host.meter.platformRowsWritten);
      return host.meter.rowsWritten - before;
    });
    // The turn's first commit, and the row once more when the turn ends.
    expect(bill).toBeLessThanOrEqual(2);
    const written = await inside(stub, ({ host }) => host.meter.platformRowsWritten);
    expect(written).toBeGreaterThan(0);
  });

  it("survives a trap", async () => {
    const stub = fresh();
    await stub.query({
      sql: "CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1), (2)",
    });
    await inside(stub, ({ engine, sql }) => {
      expect(() => engine.trapForTest()).toThrow(expect.objectContaining({ code: "Internal" }));
      expect(sql.exec("SELECT count(*) AS n FROM t").one()).toEqual({ n: 2 });
      sql.exec("INSERT INTO t VALUES (3)");
    });
    expect((await stub.query({ sql: "SELECT id FROM t ORDER BY id" })).rows).toEqual([
      [1],
      [2],
      [3],
    ]);
  });

  it("whose storage is rolled back around it opens again", async () => {
    const stub = fresh();
    await stub.query({ sql: "CREATE TABLE t (id INTEGER PRIMARY KEY)" });
    await inside(stub, ({ sql }, state) => {
      expect(() =>
        state.storage.transactionSync(() => {
          sql.exec("INSERT INTO t VALUES (1)");
          throw new Error("around");
        }),
      ).toThrow("around");
    }).catch(() => {}); // the turn's end may find out first and abort the object
    const again = async (): Promise<unknown> =>
      (await stub.query({ sql: "INSERT INTO t VALUES (2)" })).meta.changes;
    await again().catch(() => again());
    expect((await stub.query({ sql: "SELECT id FROM t" })).rows).toEqual([[2]]);
    expect(await stub.integrityCheck()).toEqual([]);
  });

  it("keeps its memory small while empty", () =>
    inside(fresh(), ({ engine }) => {
      engine.open();
      expect(engine.memoryBytes).toBeLessThanOrEqual(8 << 20);
    }));
});
