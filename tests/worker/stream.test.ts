// Tables that stream to the lake: the copy, changes, schema changes, lost acknowledgements, lost
// slots, others' commits, and what is idle.
import { env } from "cloudflare:workers";
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { DoLakeTable, PushRequest } from "../../durable-objects/dolake-table.ts";
import type { LakeSource } from "../../durable-objects/lake-source.ts";
import worker, { type Env } from "../../worker/index.ts";

const local: Env = { ...(env as Env), DOSQL_LOCAL: "1" };
const tables = local.TABLES!;

async function call(method: string, path: string, body?: unknown): Promise<any> {
  const init: RequestInit = { method };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { "content-type": "application/json" };
  }
  const response = await worker.fetch(new Request(`https://example.com/${path}`, init), local);
  const text = await response.text();
  return { status: response.status, ...(text === "" ? {} : JSON.parse(text)) };
}

let count = 0;
let name: string;
let space: string;
beforeEach(() => {
  name = `db${++count}`;
  space = `shop${count}`;
});

const sql = async (text: string, db = name): Promise<any> => {
  const answer = await call("POST", `db/${db}/query`, { sql: text });
  expect(answer.error, text).toBeUndefined();
  return answer.rows;
};
const source = (db = name): DurableObjectStub<LakeSource> =>
  local.DATABASES.get(local.DATABASES.idFromName(db)) as unknown as DurableObjectStub<LakeSource>;
const lakeTable = (table: string): DurableObjectStub<DoLakeTable> =>
  tables.get(
    tables.idFromName(JSON.stringify(["main", space, table])),
  ) as unknown as DurableObjectStub<DoLakeTable>;
// The types of stubs go too deep for the compiler.
const within = runInDurableObject as unknown as <T>(
  stub: unknown,
  body: (object: any, state: DurableObjectState) => T | Promise<T>,
) => Promise<T>;
/** A flush as a promise of its own. */
const flushed = async (table: string): Promise<void> => {
  await lakeTable(table).flush();
};
/** Pushes what is there, now. */
const pump = (db = name): Promise<boolean> => runDurableObjectAlarm(source(db) as never);
/** Until the lake has a first snapshot of the table. */
const there = (table: string): Promise<void> =>
  vi.waitFor(
    async () =>
      expect(
        (await call("GET", `catalog/v1/main/namespaces/${space}/tables/${table}`)).status,
      ).toBe(200),
    5000,
  );

/** The lake table's connection to its catalog breaks at each commit, before or after it. */
function losingCommits(object: any, lost: "before" | "after"): { mockRestore: () => void } {
  const { CATALOG } = object.env;
  const get = CATALOG.get.bind(CATALOG);
  return vi.spyOn(CATALOG, "get").mockImplementation((id: unknown) => {
    const stub = get(id);
    return {
      loadFeed: (feed: string) => stub.loadFeed(feed),
      async commitFeed(commit: unknown) {
        if (lost === "after") await stub.commitFeed(commit);
        throw new Error("the connection was lost");
      },
    };
  });
}

interface Counts {
  records: number;
  fields: string[];
  snapshots: number;
  location: string;
}
/** The lake's table as a reader loads it, which flushes it. */
async function load(table: string): Promise<Counts> {
  await there(table);
  const { metadata } = await call("GET", `catalog/v1/main/namespaces/${space}/tables/${table}`);
  const current = metadata.snapshots.find(
    (s: any) => s["snapshot-id"] === metadata["current-snapshot-id"],
  );
  const schema = metadata.schemas.find(
    (s: any) => s["schema-id"] === metadata["current-schema-id"],
  );
  const total = (key: string): number => Number(current.summary[key] ?? 0);
  return {
    records: total("total-records") - total("total-position-deletes"),
    fields: schema.fields.map((f: any) => f.name),
    snapshots: metadata.snapshots.length,
    location: metadata.location,
  };
}

describe("a database that streams to the lake", () => {
  it("copies what is there, then follows", async () => {
    await sql("CREATE TABLE orders (id INTEGER PRIMARY KEY, item TEXT, price DECIMAL(10,2))");
    await sql(
      "INSERT INTO orders SELECT value, 'item ' || value, value / 4.0 FROM generate_series(1, 5000)",
    );
    const { tables: begun } = await call("POST", `db/${name}/stream`, { namespace: space });
    expect(begun).toMatchObject([
      { table: "orders", warehouse: "main", namespace: [space], state: "streams" },
    ]);
    await pump();
    expect(await load("orders")).toMatchObject({
      records: 5000,
      fields: ["id", "item", "price", "_overflow"],
      snapshots: 1,
    });
    await sql("DELETE FROM orders WHERE id <= 1000");
    await sql("UPDATE orders SET item = 'new' WHERE id > 4990");
    await sql("INSERT INTO orders VALUES (6000, 'odd', 'no number')");
    await pump();
    expect(await load("orders")).toMatchObject({ records: 4001, snapshots: 2 });
    expect(await lakeTable("orders").status()).toMatchObject({
      sources: 1,
      misfits: 1,
      failures: 0,
      pendingBytes: 0,
    });
    const { tables: now } = await call("GET", `db/${name}/stream`);
    expect(now).toMatchObject([{ table: "orders", state: "streams", why: "" }]);
    expect((await load("orders")).snapshots).toBe(2);
  });

  it("follows schema changes, rebuilt tables and new ones", async () => {
    await sql(
      "CREATE TABLE a (id INTEGER PRIMARY KEY, x TEXT); INSERT INTO a VALUES (1, 'one'), (2, 'two')",
    );
    await call("POST", `db/${name}/stream`, { namespace: space });
    await pump();
    expect(await load("a")).toMatchObject({ records: 2, fields: ["id", "x", "_overflow"] });
    await sql(
      "ALTER TABLE a ADD COLUMN y INT DEFAULT 5; ALTER TABLE a RENAME COLUMN x TO z; INSERT INTO a VALUES (3, 'three', 6)",
    );
    await sql(
      "CREATE TABLE b (k TEXT PRIMARY KEY, v REAL) WITHOUT ROWID; INSERT INTO b VALUES ('q', 1.5)",
    );
    await pump();
    expect(await load("a")).toMatchObject({ records: 3, fields: ["id", "z", "y", "_overflow"] });
    expect(await load("b")).toMatchObject({ records: 1, fields: ["k", "v", "_overflow"] });
    await sql(
      "BEGIN; CREATE TABLE n (id INTEGER PRIMARY KEY, y INT, w TEXT); INSERT INTO n SELECT id, y, z FROM a WHERE id > 1; DROP TABLE a; ALTER TABLE n RENAME TO a; COMMIT",
    );
    await pump();
    expect(await load("a")).toMatchObject({ records: 2, fields: ["id", "y", "w", "_overflow"] });
    await sql("DROP TABLE b");
    await pump();
    expect(await load("b")).toMatchObject({ records: 0 });
  });

  it("streams the rows that pass a filter, and copies anew when it is another", async () => {
    await sql(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, tenant INT); INSERT INTO t SELECT value, value % 4 FROM generate_series(1, 400)",
    );
    const stream = (body: object) =>
      call("POST", `db/${name}/stream`, { namespace: space, ...body });
    expect((await stream({ where: "tenant = 1" })).error.message).toBe(
      "where is an SQL expression about the rows of tables, which must be named",
    );
    expect((await stream({ tables: ["t"], where: "owner = 1" })).error.message).toBe(
      "the WHERE of the replication slot does not fit table t: no such column: owner",
    );
    const { tables: begun } = await stream({ tables: ["t"], where: "tenant = 1 -- theirs" });
    expect(begun).toMatchObject([{ table: "t", where: "tenant = 1 -- theirs", state: "streams" }]);
    await pump();
    expect((await load("t")).records).toBe(100);
    await sql("UPDATE t SET tenant = 1 WHERE id = 2; UPDATE t SET tenant = 0 WHERE id IN (1, 5)");
    await sql("DELETE FROM t WHERE id < 100 AND tenant <> 1");
    await pump();
    expect((await load("t")).records).toBe(99);
    // The same again changes nothing; one that does not fit neither.
    await stream({ tables: ["t"], where: "tenant = 1 -- theirs" });
    expect((await stream({ tables: ["t"], where: "owner = 1" })).status).toBe(400);
    await pump();
    expect((await load("t")).records).toBe(99);
    await stream({ tables: ["T"], where: "tenant IN (1, 2)" });
    await pump();
    await vi.waitFor(async () => expect((await load("t")).records).toBe(99 + 75));
    await stream({});
    expect(await source().lakeStatus()).toMatchObject([{ where: "tenant IN (1, 2)" }]);
    await stream({ tables: ["t"] });
    await pump();
    const [[rows]] = await sql("SELECT count(*) FROM t");
    await vi.waitFor(async () => expect((await load("t")).records).toBe(rows));
  });

  it("streams a table under another name, and copies it anew when that changes", async () => {
    await sql("CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1), (2), (3)");
    await sql("CREATE TABLE u (id INTEGER PRIMARY KEY); INSERT INTO u VALUES (1)");
    const stream = (body: object) =>
      call("POST", `db/${name}/stream`, { namespace: space, ...body });
    for (const [as, why] of [
      [{ t: "" }, /^as is an object/],
      [["t"], /^as is an object/],
      [{ x: "t" }, /x, which is none of tables/],
    ])
      expect((await stream({ tables: ["t"], as })).error.message).toMatch(why as RegExp);
    expect((await stream({ as: { t: "x" } })).error.message).toMatch(/^as is an object/);
    const { tables: begun } = await stream({ tables: ["t", "u"], as: { T: "all_t" } });
    expect(begun).toMatchObject([
      { table: "t", as: "all_t" },
      { table: "u", as: "u" },
    ]);
    await pump();
    expect((await load("all_t")).records).toBe(3);
    // As before: the name stays. Two tables of one database are not mixed.
    await stream({ tables: ["t"] });
    expect((await stream({ tables: ["u"], as: { u: "all_t" } })).error.message).toBe(
      "t streams to all_t already",
    );
    await sql("DELETE FROM t WHERE id = 1; INSERT INTO u VALUES (2)");
    await pump();
    expect((await load("all_t")).records).toBe(2);
    expect((await load("u")).records).toBe(2);
    await stream({ tables: ["t"], as: { t: "t" } });
    await sql("DELETE FROM t WHERE id = 2");
    await pump();
    expect((await load("t")).records).toBe(1);
    expect((await load("all_t")).records).toBe(2);
    expect(await source().lakeStatus()).toMatchObject([{ as: "t", state: "streams" }, { as: "u" }]);
  });

  it("feeds one table from many databases", async () => {
    for (let i = 0; i < 5; i++) {
      const db = `${name}-${i}`;
      await sql(
        `CREATE TABLE t (id INTEGER PRIMARY KEY, v INT); INSERT INTO t VALUES (1, ${i}), (2, ${i})`,
        db,
      );
      await call("POST", `db/${db}/stream`, { namespace: space, tables: ["t"] });
      await pump(db);
    }
    expect(await load("t")).toMatchObject({ records: 10 });
    await sql("DELETE FROM t WHERE id = 1", `${name}-3`);
    await pump(`${name}-3`);
    expect(await load("t")).toMatchObject({ records: 9 });
    expect(await lakeTable("t").status()).toMatchObject({ sources: 5 });
  });

  it("sends again what was not acknowledged, and nothing counts twice", async () => {
    await sql("CREATE TABLE t (id INTEGER PRIMARY KEY, v INT); INSERT INTO t VALUES (1, 1)");
    await call("POST", `db/${name}/stream`, { namespace: space });
    const push = { table: { warehouse: "main", namespace: space, name: "t", source: "t" } };
    const read = async (): Promise<PushRequest> =>
      within(source(), (object) => {
        const [row] = object.query({
          sql: "SELECT batch, position FROM replication_batch('dolake:t')",
        }).rows;
        return {
          ...push,
          batch: new Uint8Array(row[0]).slice(),
          position: new Uint8Array(row[1]).slice(),
        };
      });
    await pump();
    await sql("INSERT INTO t VALUES (9, 9)");
    const first = await read();
    expect(await lakeTable("t").push(first)).toMatchObject({ outcome: "taken", why: "" });
    expect((await lakeTable("t").push(first)).outcome).toBe("repeated");
    // The acknowledgement was lost, and more has been written since.
    await sql("INSERT INTO t VALUES (2, 2)");
    const longer = await read();
    expect(longer.batch).not.toEqual(first.batch);
    expect(await lakeTable("t").push(longer)).toMatchObject({
      outcome: "gap",
      position: first.position,
    });
    await pump();
    expect(await load("t")).toMatchObject({ records: 3 });
    expect((await lakeTable("t").push(first)).outcome).toBe("repeated");
    // What is no batch is refused and changes nothing.
    const bad = longer.batch.slice();
    bad[100] ^= 1;
    expect(await lakeTable("t").push({ ...longer, batch: bad })).toMatchObject({
      outcome: "refused",
    });
    await sql("INSERT INTO t VALUES (3, 3)");
    await pump();
    expect(await load("t")).toMatchObject({ records: 4 });
  });

  it("copies anew when its slot or the lake's state is lost", async () => {
    await sql(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, v INT); INSERT INTO t VALUES (1, 1), (2, 2)",
    );
    await call("POST", `db/${name}/stream`, { namespace: space });
    await pump();
    expect(await load("t")).toMatchObject({ records: 2 });
    await sql(
      'DROP REPLICATION SLOT "dolake:t"; DELETE FROM t WHERE id = 1; INSERT INTO t VALUES (3, 3)',
    );
    await pump();
    expect(await load("t")).toMatchObject({ records: 2 });
    const { location } = await load("t");
    // The lake's table is dropped: the stream stops and says why, until somebody gives it up.
    expect((await call("DELETE", `catalog/v1/main/namespaces/${space}/tables/t`)).status).toBe(204);
    await sql("INSERT INTO t VALUES (4, 4)");
    await pump();
    await expect(flushed("t")).rejects.toThrow(/was dropped/);
    await sql("INSERT INTO t VALUES (5, 5)");
    await pump();
    expect((await call("GET", `db/${name}/stream`)).tables).toMatchObject([
      { state: "failed", why: expect.stringContaining("dropped") },
    ]);
    await lakeTable("t")
      .forget()
      .catch(() => undefined);
    await call("POST", `db/${name}/stream`, { namespace: space });
    await pump();
    await lakeTable("t").flush();
    const again = await load("t");
    expect(again).toMatchObject({ records: 4 });
    expect(again.location).not.toBe(location);
  });

  it("goes on after a flush that was committed and forgotten, and one that failed", async () => {
    await sql("CREATE TABLE t (id INTEGER PRIMARY KEY, v INT); INSERT INTO t VALUES (1, 1)");
    await call("POST", `db/${name}/stream`, { namespace: space });
    await pump();
    for (const lost of ["before", "after"] as const) {
      await sql(
        "INSERT INTO t (v) SELECT 1 FROM generate_series(1, 10); DELETE FROM t WHERE id = (SELECT min(id) FROM t)",
      );
      await pump();
      await within(lakeTable("t"), async (object: any) => {
        const broken = losingCommits(object, lost);
        await expect(object.flush()).rejects.toThrow(/connection was lost/);
        broken.mockRestore();
      });
    }
    const [[rows]] = await sql("SELECT count(*) FROM t");
    expect(await load("t")).toMatchObject({ records: rows });
    expect((await load("t")).snapshots).toBeLessThanOrEqual(3);
  });

  it("compacts small files, and finds their rows again", async () => {
    await sql("CREATE TABLE t (id INTEGER PRIMARY KEY, v INT)");
    await call("POST", `db/${name}/stream`, { namespace: space });
    const files = async (): Promise<number> => {
      const { metadata } = await call("GET", `catalog/v1/main/namespaces/${space}/tables/t`);
      const { summary } = metadata.snapshots.at(-1);
      return Number(summary["total-data-files"]);
    };
    const rows = async (): Promise<number> => (await sql("SELECT count(*) FROM t"))[0][0];
    const flushes = async (n: number): Promise<void> => {
      for (let i = 0; i < n; i++) {
        await sql("INSERT INTO t (v) SELECT 1 FROM generate_series(1, 10)");
        await pump();
        await flushed("t");
      }
    };
    const alarm = (): Promise<boolean> => runDurableObjectAlarm(lakeTable("t") as never);
    await flushes(9);
    const before = await files();
    expect(before).toBeGreaterThan(8);
    await alarm();
    expect(await files()).toBe(1);
    expect((await load("t")).records).toBe(await rows());
    await sql("DELETE FROM t WHERE id % 9 = 0; UPDATE t SET v = 2 WHERE id % 7 = 0");
    await pump();
    expect((await load("t")).records).toBe(await rows());
    // The answer to a compaction's commit is lost: it is found when the table is flushed.
    await flushes(9);
    await within(lakeTable("t"), async (object: any) => {
      const broken = losingCommits(object, "after");
      const said = vi.spyOn(console, "error").mockImplementation(() => undefined);
      await object.alarm();
      expect(String(said.mock.calls)).toContain("connection was lost");
      said.mockRestore();
      broken.mockRestore();
    });
    await sql("DELETE FROM t WHERE id % 5 = 0; UPDATE t SET v = 3 WHERE id % 4 = 0");
    await pump();
    await flushed("t").catch(() => undefined);
    expect((await load("t")).records).toBe(await rows());
    expect(await files()).toBeLessThan(5);
    await sql("DELETE FROM t WHERE id % 2 = 0");
    await pump();
    expect((await load("t")).records).toBe(await rows());
  });

  it("makes one file of large ones in parts, and leaves none of them when it fails", async () => {
    await sql("CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB)");
    await call("POST", `db/${name}/stream`, { namespace: space });
    await sql("INSERT INTO t (v) VALUES (NULL)");
    await pump();
    await load("t");
    const target = { "write.target-file-size-bytes": "25000000" };
    const table = `catalog/v1/main/namespaces/${space}/tables/t`;
    const updates = [{ action: "set-properties", updates: target }];
    expect((await call("POST", table, { requirements: [], updates })).status).toBe(200);
    for (let i = 0; i < 3; i++) {
      await sql("INSERT INTO t (v) SELECT randomblob(1000) FROM generate_series(1, 6500)");
      while (await pump()) if ((await source().lakeStatus())[0].behind === false) break;
      await flushed("t");
    }
    const last = async (): Promise<Record<string, string>> =>
      (await call("GET", table)).metadata.snapshots.at(-1).summary;
    expect(await last()).toMatchObject({ "total-data-files": "4", "total-records": "19501" });
    const aborted: string[] = [];
    const uploads = (object: any): Promise<string | null> =>
      object.ctx.storage.sql.exec("SELECT value FROM facts WHERE name = 'uploads'").toArray()[0]
        ?.value ?? null;
    // The parts from the second on are lost.
    const breaking = (object: any, broken: () => Promise<never>): { mockRestore: () => void }[] => {
      const { LAKE } = object.env;
      const [begin, resume] = [LAKE.createMultipartUpload, LAKE.resumeMultipartUpload];
      return [
        vi.spyOn(LAKE, "createMultipartUpload").mockImplementation(async (key: unknown) => {
          const upload = await begin.call(LAKE, key);
          return {
            uploadId: upload.uploadId,
            uploadPart: (number: number, bytes: Uint8Array) =>
              number === 1 ? upload.uploadPart(1, bytes) : broken(),
          };
        }),
        vi.spyOn(LAKE, "resumeMultipartUpload").mockImplementation((key: unknown, id: unknown) => ({
          abort: async () => {
            await resume.call(LAKE, key, id).abort();
            aborted.push(String(id));
          },
        })),
      ];
    };
    const said = vi.spyOn(console, "error").mockImplementation(() => undefined);
    await within(lakeTable("t"), async (object: any) => {
      const broken = breaking(object, () => Promise.reject(new Error("the part was lost")));
      await object.alarm();
      expect(String(said.mock.calls)).toContain("the part was lost");
      await vi.waitFor(() => expect(aborted.length).toBe(1));
      expect(uploads(object)).toBeNull();
      broken.forEach((each) => each.mockRestore());
    });
    expect(await last()).toMatchObject({ operation: "append", "total-data-files": "4" });
    // It is tried again, later each time.
    await within(lakeTable("t"), async (object: any, state) => {
      const now = Date.now();
      const wait = async (): Promise<number> =>
        ((await state.storage.getAlarm()) ?? 0) - Date.now();
      expect(await wait()).toBeGreaterThan(50_000);
      said.mockClear();
      await object.alarm();
      expect(said, "not before its time").not.toHaveBeenCalled();
      expect(await wait()).toBeGreaterThan(50_000);
      const clock = vi.spyOn(Date, "now").mockImplementation(() => now + 60_000);
      const broken = breaking(object, () => Promise.reject(new Error("lost again")));
      await object.alarm();
      expect(String(said.mock.calls)).toContain("lost again");
      expect(await wait()).toBeGreaterThan(110_000);
      broken.forEach((each) => each.mockRestore());
      clock.mockRestore();
    });
    said.mockRestore();
    await evictDurableObject(lakeTable("t") as never);
    // What a crash left is given up by the next compaction, which goes through.
    await within(lakeTable("t"), async (object: any, state) => {
      const upload = await local.LAKE!.createMultipartUpload(`${space}/t-lost`);
      const stored = JSON.stringify([{ file: `s3://lake/${upload.key}`, id: upload.uploadId }]);
      state.storage.sql.exec("INSERT INTO facts VALUES ('uploads', ?)", stored);
      await object.alarm();
      expect(uploads(object), "they became a file").toBeNull();
      await vi.waitFor(() => expect(upload.uploadPart(1, "x")).rejects.toThrow());
    });
    expect(await last()).toMatchObject({ operation: "replace", "total-data-files": "2" });
    const { objects } = await local.LAKE!.list({ prefix: `${space}/t-`, limit: 1000 });
    const [large, ...more] = objects.filter((o) => o.size > 16_000_000);
    expect(more).toEqual([]);
    expect(large.etag).toMatch(/-3$/);
    await sql("DELETE FROM t WHERE id % 1000 = 1; UPDATE t SET v = 'x' WHERE id % 1000 = 2");
    await pump();
    expect((await load("t")).records).toBe(19481);
  });

  it("lets a batch wait for room instead of sending it away", async () => {
    await sql("CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB); INSERT INTO t (v) VALUES (NULL)");
    await call("POST", `db/${name}/stream`, { namespace: space });
    await pump();
    await load("t");
    const status = async (): Promise<unknown> => (await source().lakeStatus())[0];
    // A flush that does not come to its end, and more than the lake keeps behind it.
    const slow = async (end: () => Promise<unknown>): Promise<{ mockRestore: () => void }> => {
      const spy = await within(lakeTable("t"), (object: any) => {
        const { LAKE } = object.env;
        const put = LAKE.put;
        return vi.spyOn(LAKE, "put").mockImplementation(async (...given: unknown[]) => {
          await end();
          return put.apply(LAKE, given);
        });
      });
      for (let i = 0; i < 5; i++)
        await sql("INSERT INTO t (v) SELECT randomblob(1000) FROM generate_series(1, 8000)");
      return spy;
    };
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const first = await slow(() => released);
    const pumping = pump();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(await status(), "it waits there").toMatchObject({ behind: true, state: "streams" });
    release();
    await pumping;
    await vi.waitFor(async () => expect(await status()).toMatchObject({ behind: false }), 5000);
    expect(await status()).toMatchObject({ state: "streams" });
    first.mockRestore();
    expect((await load("t")).records).toBe(40_001);
    // Where the flush fails it is sent away, and comes again.
    const said = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const second = await slow(() => Promise.reject(new Error("R2 is away")));
    await pump();
    await vi.waitFor(async () => expect(await status()).toMatchObject({ state: "waits" }), 5000);
    second.mockRestore();
    await vi.waitFor(async () => {
      await pump();
      expect(await status()).toMatchObject({ behind: false, state: "streams" });
    }, 20_000);
    said.mockRestore();
    expect((await load("t")).records).toBe(80_001);
  });

  it("takes rows of 8 MB, and says so where one has more", async () => {
    await sql("CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB)");
    await call("POST", `db/${name}/stream`, { namespace: space });
    const status = async (): Promise<unknown> => (await source().lakeStatus())[0];
    for (let i = 1; i <= 3; i++) await sql(`INSERT INTO t VALUES (${i}, randomblob(8000000))`);
    await vi.waitFor(async () => {
      await pump();
      expect(await status()).toMatchObject({ behind: false, state: "streams" });
    }, 20_000);
    expect((await load("t")).records).toBe(3);
    await sql("INSERT INTO t VALUES (4, randomblob(9000000))");
    await pump();
    await vi.waitFor(async () => expect(await status()).toMatchObject({ state: "failed" }), 5000);
    expect(((await status()) as { why: string }).why).toMatch(
      /a row of t has 90\d{5} bytes, and the lake takes 8 MB at most/,
    );
    expect((await load("t")).records).toBe(3);
    // Without the row, begun anew.
    await sql("DELETE FROM t WHERE id = 4");
    await call("DELETE", `db/${name}/stream`);
    await call("POST", `db/${name}/stream`, { namespace: space });
    await vi.waitFor(async () => {
      await pump();
      expect(await status()).toMatchObject({ behind: false, state: "streams" });
    }, 20_000);
    expect((await load("t")).records).toBe(3);
  });

  it("commits beside other writers of the table", async () => {
    await sql("CREATE TABLE t (id INTEGER PRIMARY KEY, v INT); INSERT INTO t VALUES (1, 1)");
    await call("POST", `db/${name}/stream`, { namespace: space });
    await pump();
    await there("t");
    const { metadata } = await call("GET", `catalog/v1/main/namespaces/${space}/tables/t`);
    // Another engine's commit: a snapshot of the same files.
    const [own] = metadata.snapshots;
    const theirs = {
      ...own,
      "snapshot-id": 77,
      "parent-snapshot-id": own["snapshot-id"],
      "sequence-number": own["sequence-number"] + 1,
      "timestamp-ms": Date.now(),
    };
    const body = {
      requirements: [
        { type: "assert-ref-snapshot-id", ref: "main", "snapshot-id": own["snapshot-id"] },
      ],
      updates: [
        { action: "add-snapshot", snapshot: theirs },
        { action: "set-snapshot-ref", "ref-name": "main", type: "branch", "snapshot-id": 77 },
      ],
    };
    expect((await call("POST", `catalog/v1/main/namespaces/${space}/tables/t`, body)).status).toBe(
      200,
    );
    await sql("INSERT INTO t VALUES (2, 2); UPDATE t SET v = 3 WHERE id = 1");
    await pump();
    expect(await load("t")).toMatchObject({ records: 2, snapshots: 3 });
  });

  it("lays files out by a spec and an order that a client of the catalog sets", async () => {
    await sql(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, kind TEXT, at DATETIME); INSERT INTO t VALUES (1, 'a', '2024-01-01 10:00:00')",
    );
    await call("POST", `db/${name}/stream`, { namespace: space });
    await pump();
    await there("t");
    const table = `catalog/v1/main/namespaces/${space}/tables/t`;
    const commit = async (...updates: object[]): Promise<void> => {
      expect((await call("POST", table, { requirements: [], updates })).status).toBe(200);
    };
    const last = async (): Promise<Record<string, string>> =>
      (await call("GET", table)).metadata.snapshots.at(-1).summary;
    const { metadata } = await call("GET", table);
    const ids = new Map<string, number>(
      metadata.schemas.at(-1).fields.map((f: any) => [f.name, f.id]),
    );
    await commit(
      {
        action: "add-spec",
        spec: {
          fields: [
            { "source-id": ids.get("kind"), transform: "identity", name: "kind" },
            { "source-id": ids.get("at"), transform: "day", name: "at_day" },
          ],
        },
      },
      { action: "set-default-spec", "spec-id": -1 },
      {
        action: "add-sort-order",
        "sort-order": {
          fields: [
            {
              "source-id": ids.get("id"),
              transform: "identity",
              direction: "desc",
              "null-order": "nulls-last",
            },
          ],
        },
      },
      { action: "set-default-sort-order", "sort-order-id": -1 },
    );
    // Two kinds, each on two days, and one row without a day; the row of before goes to one of them.
    await sql(
      "INSERT INTO t SELECT value, iif(value % 2, 'a', 'b'), '2024-01-0' || (1 + value / 2 % 2) || ' 12:00' FROM generate_series(2, 41); UPDATE t SET kind = 'b' WHERE id = 1; INSERT INTO t VALUES (50, 'a', NULL)",
    );
    await pump();
    expect((await load("t")).records).toBe(42);
    expect(await last()).toMatchObject({
      "added-data-files": "5",
      "added-delete-files": "1",
      "changed-partition-count": "6",
    });
    // Deletes are of the partitions of their rows, whatever the spec is now.
    await commit({ action: "set-default-spec", "spec-id": 0 });
    await sql("DELETE FROM t WHERE id IN (2, 3, 4); UPDATE t SET kind = 'c' WHERE id = 50");
    await pump();
    expect((await load("t")).records).toBe(39);
    expect(await last()).toMatchObject({
      "added-data-files": "1",
      "added-delete-files": "4",
      "changed-partition-count": "5",
    });
    // Compaction, too, is by partitions.
    await commit({ action: "set-default-spec", "spec-id": 1 });
    for (let i = 0; i < 9; i++) {
      await sql(
        `INSERT INTO t VALUES (${100 + i}, 'x', '2024-01-01 12:00'), (${200 + i}, 'y', '2024-01-01 12:00')`,
      );
      await pump();
      await flushed("t");
    }
    const before = Number((await last())["total-data-files"]);
    await runDurableObjectAlarm(lakeTable("t") as never);
    expect(await last()).toMatchObject({ operation: "replace" });
    expect(Number((await last())["total-data-files"])).toBeLessThanOrEqual(before - 16);
    await sql("UPDATE t SET kind = 'z' WHERE id IN (103, 207); DELETE FROM t WHERE id = 108");
    await pump();
    const [[rows]] = await sql("SELECT count(*) FROM t");
    expect((await load("t")).records).toBe(rows);
    expect(await last()).toMatchObject({
      "added-delete-files": "2",
      "added-position-deletes": "3",
    });
  });

  it("lays files out as the stream's options say", async () => {
    await sql(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, at DATETIME); INSERT INTO t VALUES (1, '2024-01-01 10:00'), (1000, '2023-01-01 10:00')",
    );
    const stream = (body: object) =>
      call("POST", `db/${name}/stream`, { namespace: space, ...body });
    expect((await stream({ partitionBy: ["id"] })).error.message).toBe(
      "partitionBy is a list of columns of tables, which must be named",
    );
    expect((await stream({ tables: ["t"], sortBy: ["week(at)"] })).error.message).toBe(
      "week(at) is no column, nor one within day(...), bucket(16, ...) or the like",
    );
    await stream({
      tables: ["t"],
      partitionBy: ["bucket(4, ID)", "months(at)"],
      sortBy: ["truncate(10, id) DESC", "at nulls last"],
    });
    await pump();
    await load("t");
    const metadata = async (): Promise<any> =>
      (await call("GET", `catalog/v1/main/namespaces/${space}/tables/t`)).metadata;
    const now = await metadata();
    const fieldsOf = (list: any[], key: string, id: number): any[] =>
      list.find((each) => each[key] === id).fields;
    expect(fieldsOf(now["partition-specs"], "spec-id", now["default-spec-id"])).toMatchObject([
      { name: "id_bucket_4", transform: "bucket[4]" },
      { name: "at_month", transform: "month" },
    ]);
    expect(fieldsOf(now["sort-orders"], "order-id", now["default-sort-order-id"])).toMatchObject([
      { transform: "truncate[10]", direction: "desc", "null-order": "nulls-last" },
      { transform: "identity", direction: "asc", "null-order": "nulls-last" },
    ]);
    await sql(
      "INSERT INTO t SELECT value, '2024-0' || (1 + value % 2) || '-01 12:00' FROM generate_series(2, 200)",
    );
    await pump();
    expect((await load("t")).records).toBe(201);
    expect((await metadata()).snapshots.at(-1).summary["added-data-files"]).toBe("8");
    // Its first rows, too.
    expect(now["default-spec-id"]).toBe(1);
    expect((await metadata()).snapshots[0].summary["added-data-files"]).toBe("2");
    // What does not fit is told, and changes nothing; [] ends it.
    await stream({ tables: ["t"], partitionBy: ["day(id)"] });
    for (const id of [300, 301]) {
      await sql(`INSERT INTO t (id) VALUES (${id})`);
      await pump();
      await flushed("t");
    }
    expect((await source().lakeStatus())[0]).toMatchObject({
      state: "streams",
      why: "partition field id_day: transform day does not take column id",
    });
    expect((await metadata())["default-spec-id"]).toBe(now["default-spec-id"]);
    await stream({ tables: ["t"], partitionBy: [] });
    for (const id of [302, 303]) {
      await sql(`INSERT INTO t (id) VALUES (${id})`);
      await pump();
      await flushed("t");
    }
    expect((await metadata())["default-spec-id"]).toBe(0);
    expect((await source().lakeStatus())[0]).toMatchObject({ state: "streams", why: "" });
    expect((await load("t")).records).toBe(205);
  });

  it("refuses what it cannot do, by name", async () => {
    await sql("CREATE TABLE t (id)");
    expect(
      await call("POST", `db/${name}/stream`, { namespace: space, tables: ["missing"] }),
    ).toMatchObject({
      status: 400,
      error: { code: "NoSuchObject", message: "no such table: missing" },
    });
    expect(await call("POST", `db/${name}/stream`, { namespace: "" })).toMatchObject({
      status: 400,
    });
    expect(
      await call("POST", `db/${name}/stream`, { namespace: space, tabels: ["t"] }),
    ).toMatchObject({ status: 400 });
    expect(await call("PUT", `db/${name}/stream`, {})).toMatchObject({ status: 405 });
    // A table of that name, made by somebody else.
    await call("POST", "catalog/v1/main/namespaces", { namespace: [space] });
    await call("POST", `catalog/v1/main/namespaces/${space}/tables`, {
      name: "t",
      schema: { type: "struct", fields: [{ id: 1, name: "id", type: "long", required: false }] },
    });
    await call("POST", `db/${name}/stream`, { namespace: space });
    await pump();
    await expect(flushed("t")).rejects.toThrow(/exists/);
    expect((await lakeTable("t").status()).error).toMatch(/exists/);
  });

  it("ends when asked to, and costs nothing while nobody writes", async () => {
    await sql("CREATE TABLE t (id); INSERT INTO t VALUES (1)");
    const alarm = (): Promise<number | null> =>
      within(source(), (_, state) => state.storage.getAlarm());
    expect(await alarm()).toBeNull();
    await call("POST", `db/${name}/stream`, { namespace: space });
    expect(await alarm()).not.toBeNull();
    await pump();
    await pump();
    expect(await alarm()).toBeNull();
    await sql("SELECT * FROM t");
    expect(await alarm()).toBeNull();
    await sql("INSERT INTO t VALUES (2)");
    expect(await alarm()).not.toBeNull();
    await pump();
    expect(await alarm(), "an advance of the slot is no reason to push").toBeNull();
    expect((await call("DELETE", `db/${name}/stream`)).tables).toEqual([]);
    await sql("INSERT INTO t VALUES (3)");
    expect(await alarm(), "nobody follows").toBeNull();
    expect(await sql("SELECT count(*) FROM pragma_replication_slots")).toEqual([[0]]);
  });
});
