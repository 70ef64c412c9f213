// A consumer of a filtered slot holds what SELECT ... WHERE gives, whatever was written: random rows,
// transactions, rollbacks, new columns, copies in parts, several batches under way, lost ones.
import { describe, expect, it } from "vitest";
import { advance, decodeBatch } from "../../bindings/changes/index.ts";
import Database from "../../bindings/node/index.ts";

/** Numbers below n, the same ones for a seed. */
function sequence(seed: number): (n: number) => number {
  let state = seed * 2654435761 + 1;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

const FILTERS = ["b > 50", "b IS NULL OR c LIKE 'a%'", "id % 3 = 0", "c = 'abc' COLLATE NOCASE", "abs(b - 50) < 20"];
const TEXTS = ["abc", "ABC", "a", "", "xyz", null];

function run(seed: number): void {
  const below = sequence(seed);
  const filter = FILTERS[seed % FILTERS.length];
  const db = new Database();
  const rowid = below(2) === 0;
  db.exec(`CREATE TABLE t (id INTEGER ${rowid ? "PRIMARY KEY, b, c" : ", b, c, PRIMARY KEY (id)) WITHOUT ROWID;--"})`);
  const columns = ["id", "b", "c"];
  const write = (): void => {
    const id = below(60);
    const value = (): unknown => (below(8) === 0 ? null : below(100));
    const text = TEXTS[below(TEXTS.length)];
    switch (below(8)) {
      case 0:
      case 1:
      case 2:
        db.prepare("INSERT OR REPLACE INTO t (id, b, c) VALUES (?, ?, ?)").run(id, value(), text);
        break;
      case 3:
        db.prepare("UPDATE t SET b = ? WHERE id BETWEEN ? AND ?").run(value(), id, id + below(5));
        break;
      case 4:
        db.prepare("UPDATE t SET c = ? WHERE id = ?").run(text, id);
        break;
      case 5:
        db.prepare("UPDATE OR IGNORE t SET id = ? WHERE id = ?").run(below(60), id);
        break;
      case 6:
        db.prepare("DELETE FROM t WHERE id BETWEEN ? AND ?").run(id, id + below(4));
        break;
      default:
        db.exec("BEGIN");
        for (let n = below(5); n > 0; n--) write2();
        db.exec(below(3) === 0 ? "ROLLBACK" : "COMMIT");
    }
  };
  const write2 = (): void => {
    db.prepare("INSERT OR REPLACE INTO t (id, b, c) VALUES (?, ?, ?)").run(below(60), below(100), TEXTS[below(6)]);
    db.prepare("UPDATE t SET b = b + 7 WHERE id = ?").run(below(60));
  };
  for (let n = below(40); n > 0; n--) write();
  db.exec(`CREATE REPLICATION SLOT s FOR TABLE t WHERE ${filter} WITH COPY`);

  let rows = new Map<unknown, Record<string, unknown>>();
  // What is stored, and the place behind it that the slot may not know of yet.
  let from: Uint8Array = new Uint8Array();
  const take = (bytes: number): boolean => {
    const row = db.prepare("SELECT batch, position FROM replication_batch('s', ?, ?)").get(bytes, from) as
      | { batch: Uint8Array; position: Uint8Array }
      | undefined;
    if (row === undefined) return false;
    for (const event of decodeBatch(row.batch).events) {
      if (event.type === "copy" && event.state === "begins") rows = new Map();
      // Of a row that the copy has not come to, or for the second time: nothing is there.
      if (event.type === "delete") rows.delete(event.key.id);
      if (event.type === "insert" || event.type === "update") rows.set(event.key.id, event.after!);
      if (event.type === "update") expect(event.before).toBeDefined();
    }
    from = row.position;
    return true;
  };
  const check = (): void => {
    while (take(1 << 20));
    const want = db.prepare(`SELECT * FROM t WHERE ${filter} ORDER BY id`).all() as Record<string, unknown>[];
    const got = [...rows.values()].sort((a, b) => (a.id as number) - (b.id as number));
    // A column that came after a row was written is not in the row: it is the default.
    expect(got.map((r) => columns.map((c) => r[c] ?? null))).toEqual(want.map((r) => columns.map((c) => r[c])));
  };
  for (let step = 0; step < 150; step++) {
    write();
    if (below(4) === 0) take(50 + below(400));
    if (below(10) === 0 && from.length > 0) {
      db.exec(advance("s", from));
      if (below(2) === 0) from = new Uint8Array();
    }
    if (below(60) === 0 && columns.length < 6) {
      const name = `d${columns.length}`;
      db.exec(`ALTER TABLE t ADD COLUMN ${name} DEFAULT ${below(2) === 0 ? "NULL" : "'new'"}`);
      columns.push(name);
    }
    if (below(12) === 0) check();
  }
  check();
  db.close();
}

describe("a slot with a filter", () => {
  it("gives what SELECT with it gives", () => {
    for (let seed = 0; seed < 60; seed++) {
      try {
        run(seed);
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      }
    }
  });
});
