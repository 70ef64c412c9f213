// Tables that stream to the lake: the copy, changes, schema changes, lost acknowledgements, lost
// slots, others' commits, and what is idle.
import { runDurableObjectAlarm } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import type { PushRequest } from "../../durable-objects/dolake-table.ts";
import {
  call,
  name,
  space,
  sql,
  source,
  lakeTable,
  within,
  flushed,
  pump,
  there,
  losingCommits,
  load,
} from "./streaming.ts";

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
