// Change batches as events: every kind of value, schema changes, cuts, damage.
import { describe, expect, it } from "vitest";
import { advance, decodeBatch, type ChangeBatch, type RowChange, type SchemaChange } from "../../bindings/changes/index.ts";
import Database from "../../bindings/node/index.ts";

type BatchRow = { batch: Uint8Array; events: number; lsn: number; position: Uint8Array };

function read(db: Database, slot: string, maxBytes = 0): { row: BatchRow; batch: ChangeBatch } | undefined {
  const row = db.prepare("SELECT * FROM replication_batch(?, ?)").get(slot, maxBytes) as BatchRow | undefined;
  return row && { row, batch: decodeBatch(row.batch) };
}

describe("decodeBatch", () => {
  it("gives inserts, updates and deletes with every kind of value", () => {
    const db = new Database();
    db.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, a, b REAL, c TEXT NOT NULL); CREATE REPLICATION SLOT s FOR TABLE t");
    const insert = db.prepare("INSERT INTO t VALUES (?, ?, ?, ?)");
    const values = [0, 1, -1, 127, 128, -32769, 8388608, 2 ** 40, -(2 ** 46), 2n ** 62n, -(2n ** 63n), "ünï", "", Buffer.from([0, 255]), null, 0.25, 12.34, -0.01, 1 / 3, -0, 1e300];
    for (const [i, value] of values.entries()) insert.run(i + 1, value, 2.5, "x");
    db.exec("UPDATE t SET a = 'new', b = NULL WHERE id = 2; DELETE FROM t WHERE id = 3");
    const { row, batch } = read(db, "s")!;
    expect(row.events).toBe(values.length + 2);
    const changes = batch.events as RowChange[];
    const given = changes.slice(0, values.length).map(({ after }) => after!.a);
    expect(given.map((v) => (v instanceof Uint8Array ? Buffer.from(v) : v))).toEqual(values);
    expect(Object.is(given[19], -0)).toBe(true);
    expect(changes[0]).toMatchObject({ type: "insert", key: { id: 1 }, after: { id: 1, a: 0, b: 2.5, c: "x" } });
    expect(changes[0].before).toBeUndefined();
    expect(changes[0].table).toEqual({
      id: changes[0].table.id,
      name: "t",
      withoutRowid: false,
      columns: [
        { name: "id", type: "INTEGER", notNull: false, isRowid: true, keyPosition: 1 },
        { name: "a", type: "", notNull: false, isRowid: false, keyPosition: 0 },
        { name: "b", type: "REAL", notNull: false, isRowid: false, keyPosition: 0 },
        { name: "c", type: "TEXT", notNull: true, isRowid: false, keyPosition: 0 },
      ],
    });
    expect(changes.at(-2)).toMatchObject({ type: "update", key: { id: 2 }, before: { a: 1, b: 2.5 }, after: { a: "new", b: null } });
    expect(changes.at(-1)).toMatchObject({ type: "delete", key: { id: 3 }, before: { a: -1 } });
    expect(changes.at(-1)!.after).toBeUndefined();
    expect(Math.abs(changes[0].timestamp - Date.now())).toBeLessThan(60_000);
    expect(changes[0].lsn).toBeLessThan(changes[1].lsn);
    db.exec(advance("s", row.position));
    expect(read(db, "s")).toBeUndefined();
    db.close();
  });

  it("tells copied rows and tables that are gone", () => {
    const db = new Database();
    db.exec("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2); CREATE REPLICATION SLOT s FOR TABLE t WITH COPY; INSERT INTO t VALUES (3); DROP TABLE t; CREATE TABLE t (b); INSERT INTO t VALUES (4)");
    const { batch } = read(db, "s")!;
    expect(batch.part).toBe(0);
    expect(batch.events.map((e) => (e.type === "ddl" ? e.sql : e.type === "insert" ? [e.after, e.copied] : e.type))).toEqual([
      [{ a: 3 }, undefined], "gone", "DROP TABLE t", "CREATE TABLE t (b)", [{ b: 4 }, undefined],
    ]);
    db.exec("CREATE REPLICATION SLOT c FOR TABLE t WITH COPY; INSERT INTO t VALUES (5)");
    const copied = read(db, "c")!.batch;
    expect(copied.part).toBe(1);
    expect(copied.events.map((e) => (e.type === "insert" ? [e.after, e.copied] : e.type === "copy" ? e.state : e.type))).toEqual([
      [{ b: 5 }, undefined], "begins", [{ b: 4 }, true], [{ b: 5 }, true], "ended",
    ]);
    db.close();
  });

  it("keeps a transaction's events together and schema changes in their place", () => {
    const db = new Database();
    db.exec("CREATE REPLICATION SLOT s FOR ALL TABLES; CREATE TABLE w (k TEXT, n INT, v, PRIMARY KEY (n, k)) WITHOUT ROWID");
    db.exec("BEGIN; INSERT INTO w VALUES ('a', 1, 2); INSERT INTO w VALUES ('b', 3, 4); COMMIT; ALTER TABLE w ADD COLUMN z; INSERT INTO w VALUES ('c', 5, 6, 7)");
    const { batch } = read(db, "s")!;
    expect((batch.events as (RowChange | SchemaChange)[]).map((e) => (e.type === "ddl" ? e.sql : [e.txnId, e.key, e.after]))).toEqual([
      "CREATE TABLE w (k TEXT, n INT, v, PRIMARY KEY (n, k)) WITHOUT ROWID",
      [`${batch.databaseId}:3`, { n: 1, k: "a" }, { k: "a", n: 1, v: 2 }],
      [`${batch.databaseId}:3`, { n: 3, k: "b" }, { k: "b", n: 3, v: 4 }],
      "ALTER TABLE w ADD COLUMN z",
      [`${batch.databaseId}:5`, { n: 5, k: "c" }, { k: "c", n: 5, v: 6, z: 7 }],
    ]);
    db.close();
  });

  it("goes on where the last batch ended, however small the batches", () => {
    const db = new Database();
    db.exec("CREATE TABLE t (a); CREATE REPLICATION SLOT \"a \"\"slot\" FOR TABLE t");
    db.transaction(() => {
      for (let i = 0; i < 300; i++) db.prepare("INSERT INTO t VALUES (?)").run(`row ${i}`);
    })();
    const got: unknown[] = [];
    let end: ChangeBatch["to"] | undefined;
    for (let next = read(db, 'a "slot', 500); next; next = read(db, 'a "slot', 500)) {
      if (end) expect(next.batch.from).toEqual(end);
      end = next.batch.to;
      got.push(...(next.batch.events as RowChange[]).map(({ after }) => after!.a));
      db.exec(advance('a "slot', next.row.position));
    }
    expect(got).toEqual(Array.from({ length: 300 }, (_, i) => `row ${i}`));
    db.close();
  });

  it("refuses damaged batches with an Error", () => {
    const db = new Database();
    db.exec("CREATE TABLE t (a, b); CREATE REPLICATION SLOT s FOR ALL TABLES; INSERT INTO t VALUES (1, 'x'), (2, x'00'); UPDATE t SET a = 3");
    const { row } = read(db, "s")!;
    let refused = 0;
    for (let size = 0; size < row.batch.length; size++) {
      expect(() => decodeBatch(row.batch.slice(0, size))).toThrow(Error);
    }
    for (let i = 8; i < row.batch.length; i++) {
      const bytes = row.batch.slice();
      bytes[i] ^= 0x55;
      try {
        decodeBatch(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(30);
    db.close();
  });
});
