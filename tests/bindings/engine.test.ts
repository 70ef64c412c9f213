import { describe, expect, it } from "vitest";
import { dosqlModule } from "../../bindings/node/module.ts";
import { ARRAYS, answerRequest, runBatch, runQuery } from "../../bindings/rpc/query.ts";
import { rowArrays } from "../../bindings/rpc/remote.ts";
import { unpack, type Query } from "../../bindings/rpc/wire.ts";
import { Engine, type EngineOptions } from "../../bindings/sql/engine.ts";
import { DoSQLError } from "../../bindings/sql/error.ts";
import { DEFAULT_SHAPE } from "../../bindings/sql/frame.ts";
import { Sql } from "../../bindings/sql/sql-storage.ts";
import { MemoryHost } from "../../bindings/storage/memory-host.ts";

interface Opened {
  host: MemoryHost;
  engine: Engine;
  sql: Sql;
}

function open(host = new MemoryHost(0), options: Partial<EngineOptions> = {}): Opened {
  const engine = new Engine({ module: dosqlModule(), host, ...options });
  return { host, engine, sql: new Sql(engine, () => 0) };
}

/** The error that `call` throws. */
function failure(call: () => unknown): DoSQLError {
  try {
    call();
  } catch (error) {
    if (error instanceof DoSQLError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

describe("exec", () => {
  it("creates, writes and reads", () => {
    const { sql } = open();
    sql.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)");
    expect(sql.exec("INSERT INTO t VALUES (?, ?)", 1, "one").rowsWritten).toBeGreaterThan(0);
    const cursor = sql.exec("SELECT id, name FROM t");
    expect(cursor.columnNames).toEqual(["id", "name"]);
    expect(cursor.toArray()).toEqual([{ id: 1, name: "one" }]);
    expect(cursor.rowsRead).toBe(1);
    expect(cursor.toArray()).toEqual([]);
  });

  it("takes and gives every kind of value", () => {
    const { sql } = open();
    sql.exec("CREATE TABLE v (id INTEGER PRIMARY KEY, x)");
    const values = [
      null,
      0,
      -1,
      Number.MAX_SAFE_INTEGER,
      Number.MIN_SAFE_INTEGER,
      2n ** 53n,
      2n ** 63n - 1n,
      -(2n ** 63n),
      1.5,
      -0.1,
      1e300,
      Infinity,
      "",
      "text",
      "grüße 😀",
      "a\0b",
      "long ".repeat(10_000),
    ];
    values.forEach((value, i) => sql.exec("INSERT INTO v VALUES (?, ?)", i, value));
    expect(
      sql
        .exec("SELECT x FROM v ORDER BY id")
        .toArray()
        .map((r) => r.x),
    ).toEqual(values);
    const bytes = new Uint8Array(100_000).map((_, i) => i & 255);
    sql.exec("INSERT INTO v VALUES (?, ?)", 100, bytes);
    sql.exec("INSERT INTO v VALUES (?, ?)", 101, bytes.buffer);
    sql.exec("INSERT INTO v VALUES (?, ?)", 102, new DataView(bytes.buffer, 5, 3));
    sql.exec("INSERT INTO v VALUES (?, ?)", 103, new Uint8Array());
    const blobs = sql
      .exec("SELECT x FROM v WHERE id >= 100 ORDER BY id")
      .toArray()
      .map((r) => r.x);
    expect(blobs.every((b) => b instanceof ArrayBuffer)).toBe(true);
    expect(blobs.map((b) => new Uint8Array(b as ArrayBuffer))).toEqual([
      bytes,
      bytes,
      bytes.subarray(5, 8),
      new Uint8Array(),
    ]);
  });

  it("tells integers from reals", () => {
    const { sql } = open();
    expect(
      sql
        .exec(
          "SELECT typeof(?) AS a, typeof(?) AS b, typeof(?) AS c, typeof(?) AS d",
          1,
          1.5,
          2n,
          -0,
        )
        .one(),
    ).toEqual({
      a: "integer",
      b: "real",
      c: "integer",
      d: "real",
    });
  });

  it("refuses parameters without a place in SQL, and wrong numbers of them", () => {
    const { sql } = open();
    for (const value of [true, {}, [], new Date()]) {
      expect(() => sql.exec("SELECT ?", value as never)).toThrow(TypeError);
    }
    expect(failure(() => sql.exec("SELECT ?")).code).toBe("Parameter");
    expect(failure(() => sql.exec("SELECT 1", 1)).code).toBe("Parameter");
    expect(failure(() => sql.exec("SELECT ?", 2n ** 64n)).code).toBe("Parameter");
  });

  it("runs several statements, parameters for the last", () => {
    const { sql } = open();
    const text =
      "CREATE TABLE t (a); INSERT INTO t VALUES (1), (2); -- ü\n SELECT a FROM t WHERE a > ?;  ";
    expect(sql.exec(text, 1).toArray()).toEqual([{ a: 2 }]);
    expect(failure(() => sql.exec("INSERT INTO t VALUES (?); SELECT 1", 1)).code).toBe("Parameter");
    expect(sql.exec("SELECT count(*) AS n FROM t").one()).toEqual({ n: 2 });
    expect(sql.exec("SELECT 1 AS a; -- the end").one()).toEqual({ a: 1 });
    for (const empty of ["", "  ", ";", "-- nothing"]) {
      expect(failure(() => sql.exec(empty)).message).toBe("SQL code did not contain a statement.");
    }
  });

  it("stops at the first failure of several statements", () => {
    const { sql } = open();
    const error = failure(() =>
      sql.exec("CREATE TABLE t (a);\nINSERT INTO nope VALUES (1);\nSELECT 1"),
    );
    expect(error).toMatchObject({ code: "NoSuchObject", line: 2, token: "nope" });
    expect(sql.exec("SELECT count(*) AS n FROM t").one()).toEqual({ n: 0 });
  });

  it("says where an error lies, in characters", () => {
    const { sql } = open();
    const error = failure(() => sql.exec("SELECT 'üü',\n  'é' FROM WHERE x"));
    expect(error.code).toBe("Syntax");
    expect(error.sqliteCode).toBe("SQLITE_ERROR");
    expect(error.message).toContain("syntax error");
    expect(error.line).toBe(2);
    expect("SELECT 'üü',\n  'é' FROM WHERE x".slice(error.offset)).toBe("WHERE x");
    expect(error.column).toBe((error.offset ?? 0) - "SELECT 'üü',\n".length + 1);
  });

  it("types constraint errors", () => {
    const { sql } = open();
    sql.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT UNIQUE, b NOT NULL)");
    sql.exec("INSERT INTO t VALUES (1, 'x', 1)");
    const unique = failure(() => sql.exec("INSERT INTO t VALUES (2, 'x', 1)"));
    expect(unique).toMatchObject({
      code: "ConstraintUnique",
      sqliteCode: "SQLITE_CONSTRAINT_UNIQUE",
    });
    expect(unique.message).toBe("UNIQUE constraint failed: t.a");
    expect(failure(() => sql.exec("INSERT INTO t VALUES (2, 'y', NULL)")).code).toBe(
      "ConstraintNotNull",
    );
    expect(failure(() => sql.exec("INSERT INTO t VALUES (1, 'y', 1)")).code).toMatch(
      /^Constraint(PrimaryKey|Rowid)$/,
    );
    expect(sql.exec("SELECT count(*) AS n FROM t").one()).toEqual({ n: 1 });
  });
});

describe("a cursor", () => {
  const filled = (rows: number): Opened => {
    const opened = open();
    opened.sql.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)");
    opened.sql.transactionSync(() => {
      for (let i = 0; i < rows; i++) opened.sql.exec("INSERT INTO t VALUES (?, ?)", i, `name ${i}`);
    });
    return opened;
  };

  it("gives rows one by one, as a rest, as arrays, by iteration", () => {
    const { sql } = filled(5);
    const cursor = sql.exec("SELECT id FROM t ORDER BY id");
    expect(cursor.next()).toEqual({ done: false, value: { id: 0 } });
    expect(cursor.raw().next()).toEqual({ done: false, value: [1] });
    expect([...cursor.raw()]).toEqual([[2], [3], [4]]);
    expect(cursor.next()).toEqual({ done: true, value: undefined });
    expect([...sql.exec("SELECT id FROM t WHERE id < 2")]).toEqual([{ id: 0 }, { id: 1 }]);
  });

  it("insists on one row with one()", () => {
    const { sql } = filled(3);
    expect(sql.exec("SELECT name FROM t WHERE id = 2").one()).toEqual({ name: "name 2" });
    expect(() => sql.exec("SELECT * FROM t WHERE id = 9").one()).toThrow(
      "Expected exactly one result from SQL query, but got no results.",
    );
    expect(() => sql.exec("SELECT * FROM t").one()).toThrow(
      "Expected exactly one result from SQL query, but got multiple results.",
    );
  });

  it("shows the snapshot it started at, whatever is written meanwhile", () => {
    const { sql } = filled(20_000);
    const cursor = sql.exec<{ id: number; name: string }>("SELECT id, name FROM t ORDER BY id");
    expect(cursor.next().value).toEqual({ id: 0, name: "name 0" });
    sql.exec("UPDATE t SET name = 'changed' WHERE id < 15000");
    sql.exec("DELETE FROM t WHERE id >= 15000");
    sql.exec("INSERT INTO t VALUES (50000, 'new')");
    const rest = cursor.toArray();
    expect(rest).toHaveLength(19_999);
    expect(rest.every((row, i) => row.id === i + 1 && row.name === `name ${i + 1}`)).toBe(true);
    expect(sql.exec("SELECT count(*) AS n FROM t WHERE name = 'changed'").one()).toEqual({
      n: 15_000,
    });
  });

  it("shares its text with another one that is read at the same time", () => {
    const { sql } = filled(10_000);
    const text = "SELECT id FROM t ORDER BY id";
    const cursors = [sql.exec(text), sql.exec(text), sql.exec(text)];
    for (const cursor of cursors) expect(cursor.next().value).toEqual({ id: 0 });
    for (const cursor of cursors) expect(cursor.toArray()).toHaveLength(9999);
    expect(sql.exec(text).toArray()).toHaveLength(10_000);
  });

  it("keeps a frame that another statement would overwrite", () => {
    const { sql } = filled(10);
    const first = sql.exec("SELECT id, name FROM t WHERE id < 2 ORDER BY id");
    const second = sql.exec("SELECT name FROM t WHERE id = 7");
    const third = sql.exec("SELECT count(*) AS n FROM t");
    expect(third.one()).toEqual({ n: 10 });
    expect(second.one()).toEqual({ name: "name 7" });
    expect(first.toArray()).toEqual([
      { id: 0, name: "name 0" },
      { id: 1, name: "name 1" },
    ]);
  });

  it("has the names of its own run, also after the schema changed", () => {
    const { sql } = open();
    sql.exec("CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 2)");
    const text = "SELECT * FROM t";
    const before = sql.exec(text);
    sql.exec("DROP TABLE t; CREATE TABLE t (c, d); INSERT INTO t VALUES (3, 4)");
    expect(sql.exec(text).toArray()).toEqual([{ c: 3, d: 4 }]);
    sql.exec("DROP TABLE t; CREATE TABLE t (e, f, g); INSERT INTO t VALUES (5, 6, 7)");
    expect(sql.exec(text).toArray()).toEqual([{ e: 5, f: 6, g: 7 }]);
    expect(before.toArray()).toEqual([{ a: 1, b: 2 }]);
    sql.exec("DROP TABLE t");
    expect(failure(() => sql.exec(text)).code).toBe("NoSuchObject");
    expect(failure(() => sql.exec(text)).code).toBe("NoSuchObject");
  });

  it("of two columns with one name gives the last, and both as an array", () => {
    const { sql } = open();
    expect(sql.exec("SELECT 1 AS a, 2 AS a").toArray()).toEqual([{ a: 2 }]);
    expect([...sql.exec("SELECT 1 AS a, 2 AS a").raw()]).toEqual([[1, 2]]);
    expect(sql.exec("SELECT 1 AS a, 2 AS a").columnNames).toEqual(["a", "a"]);
  });

  it("gives wide rows and texts beyond a frame", () => {
    const { sql } = open();
    sql.exec("CREATE TABLE w (id INTEGER PRIMARY KEY, body TEXT)");
    for (let i = 0; i < 30; i++)
      sql.exec("INSERT INTO w VALUES (?, ?)", i, `${i} é `.repeat(50_000));
    const rows = sql.exec("SELECT id, body FROM w ORDER BY id").toArray();
    expect(rows.map((r) => r.body === `${r.id} é `.repeat(50_000))).toEqual(
      new Array(30).fill(true),
    );
  });
});

describe("statements", () => {
  it("stay right when more of them are used than are kept", () => {
    const { sql } = open(undefined, { statements: 4 });
    sql.exec("CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1), (2), (3)");
    for (let pass = 0; pass < 3; pass++) {
      for (let i = 0; i < 50; i++) {
        expect(sql.exec(`SELECT id + ${i} AS x FROM t WHERE id = ?`, 2).one()).toEqual({
          x: i + 2,
        });
      }
    }
  });

  it("do not pile up in memory", () => {
    const { sql, engine } = open(undefined, { statements: 8 });
    sql.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)");
    for (let i = 0; i < 5000; i++) sql.exec("INSERT INTO t VALUES (?, ?)", i, `a ${i}`);
    for (let i = 0; i < 500; i++) sql.exec(`SELECT a, ${i} FROM t WHERE id = ?`, i).toArray();
    const before = engine.memoryBytes;
    for (let i = 0; i < 5000; i++) {
      sql.exec(`SELECT a, ${i} FROM t WHERE id = ?`, i).toArray();
      sql.exec(`SELECT ${i}; SELECT a FROM t WHERE id = ?`, i).toArray();
    }
    expect(engine.memoryBytes - before).toBeLessThan(2 << 20);
  });
});

describe("transactions", () => {
  it("commit, roll back, nest", () => {
    const { sql } = open();
    sql.exec("CREATE TABLE t (id INTEGER PRIMARY KEY)");
    const count = (): unknown => sql.exec("SELECT count(*) AS n FROM t").one().n;
    expect(sql.transactionSync(() => (sql.exec("INSERT INTO t VALUES (1)"), "result"))).toBe(
      "result",
    );
    expect(() =>
      sql.transactionSync(() => {
        sql.exec("INSERT INTO t VALUES (2)");
        throw new Error("mine");
      }),
    ).toThrow("mine");
    expect(count()).toBe(1);
    sql.transactionSync(() => {
      sql.exec("INSERT INTO t VALUES (3)");
      expect(() =>
        sql.transactionSync(() => {
          sql.exec("INSERT INTO t VALUES (4)");
          throw new Error("inner");
        }),
      ).toThrow("inner");
      sql.transactionSync(() => sql.exec("INSERT INTO t VALUES (5)"));
    });
    expect(sql.exec("SELECT id FROM t ORDER BY id").toArray()).toEqual([
      { id: 1 },
      { id: 3 },
      { id: 5 },
    ]);
    expect(() => sql.transactionSync(async () => {})).toThrow("promise");
  });

  it("that are open when the turn ends are rolled back", async () => {
    const { sql, engine } = open();
    sql.exec("CREATE TABLE t (id INTEGER PRIMARY KEY)");
    sql.exec("BEGIN");
    sql.exec("INSERT INTO t VALUES (1)");
    expect(engine.inTransaction).toBe(true);
    await turn();
    expect(engine.inTransaction).toBe(false);
    expect(sql.exec("SELECT count(*) AS n FROM t").one()).toEqual({ n: 0 });
    expect(failure(() => sql.exec("COMMIT")).code).toBe("Transaction");
  });
});

describe("long rows", () => {
  it("come in frames of a few megabytes", () => {
    const { engine, sql } = open();
    sql.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, a BLOB)");
    sql.transactionSync(() => {
      for (let i = 0; i < 2000; i++)
        sql.exec("INSERT INTO t VALUES (?, ?)", i, new Uint8Array(16384));
    });
    const queries = [{ sql: "SELECT id, a FROM t" }];
    const { results } = unpack(answerRequest(engine, { queries }, () => 0));
    const sizes = results[0].rows.map(({ byteLength }) => byteLength);
    expect(Math.max(...sizes)).toBeLessThan(4 << 20);
    expect(rowArrays(results[0], DEFAULT_SHAPE).map(([id]) => id)).toEqual(
      Array.from({ length: 2000 }, (_, i) => i),
    );
  });
});

describe("queries and batches", () => {
  const query = (engine: Engine, asked: Query) => runQuery(engine, asked, ARRAYS);
  const batch = (engine: Engine, asked: readonly Query[]) => runBatch(engine, asked, ARRAYS);

  it("answer with columns, rows and what they did", () => {
    const { engine } = open();
    query(engine, { sql: "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)" });
    const answer = query(engine, {
      sql: "INSERT INTO t (a) VALUES (?), (?)",
      params: ["x", "y"],
    });
    expect(answer).toMatchObject({ columns: [], rows: [], meta: { changes: 2, last_row_id: 2 } });
    expect(answer.meta.rows_written).toBeGreaterThanOrEqual(2);
    const read = query(engine, { sql: "SELECT id, a FROM t ORDER BY id" });
    expect(read).toMatchObject({
      columns: ["id", "a"],
      rows: [
        [1, "x"],
        [2, "y"],
      ],
      meta: { changes: 0, rows_read: 2, rows_written: 0 },
    });
  });

  it("happen all or not at all", () => {
    const { engine } = open();
    query(engine, { sql: "CREATE TABLE t (id INTEGER PRIMARY KEY)" });
    const insert = (id: number) => ({ sql: "INSERT INTO t VALUES (?)", params: [id] });
    expect(failure(() => batch(engine, [insert(1), insert(2), insert(1)])).code).toMatch(
      /^Constraint/,
    );
    expect(query(engine, { sql: "SELECT count(*) FROM t" }).rows).toEqual([[0]]);
    const results = batch(engine, [insert(1), insert(2), { sql: "SELECT count(*) FROM t" }]);
    expect(results.map((r) => r.rows)).toEqual([[], [], [[2]]]);
    expect(failure(() => batch(engine, [insert(5), { sql: "COMMIT" }])).code).toBe("Transaction");
    expect(query(engine, { sql: "SELECT count(*) FROM t" }).rows).toEqual([[2]]);
    expect(batch(engine, [])).toEqual([]);
  });

  it("that leave a transaction open are rolled back and refused", () => {
    const { engine } = open();
    query(engine, { sql: "CREATE TABLE t (id INTEGER PRIMARY KEY)" });
    expect(failure(() => query(engine, { sql: "BEGIN; INSERT INTO t VALUES (1)" })).code).toBe(
      "Transaction",
    );
    expect(engine.inTransaction).toBe(false);
    expect(query(engine, { sql: "SELECT count(*) FROM t" }).rows).toEqual([[0]]);
    query(engine, { sql: "BEGIN; INSERT INTO t VALUES (1); COMMIT" });
    expect(query(engine, { sql: "SELECT count(*) FROM t" }).rows).toEqual([[1]]);
  });
});

describe("recovery", () => {
  it("finds everything committed when storage is opened again", async () => {
    const { host, sql } = open();
    sql.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); CREATE INDEX ta ON t (a)");
    for (let i = 0; i < 500; i++) sql.exec("INSERT INTO t VALUES (?, ?)", i, `a ${i}`);
    await turn();
    sql.exec("UPDATE t SET a = 'changed' WHERE id < 10");
    await turn();
    const again = open(host);
    expect(again.sql.exec("SELECT count(*) AS n, min(id) AS a, max(id) AS b FROM t").one()).toEqual(
      { n: 500, a: 0, b: 499 },
    );
    expect(again.sql.exec("SELECT count(*) AS n FROM t WHERE a = 'changed'").one()).toEqual({
      n: 10,
    });
    expect(
      again.sql
        .exec("PRAGMA integrity_check")
        .toArray()
        .map((r) => Object.values(r)[0]),
    ).toEqual(["ok"]);
    again.engine.checkpoint();
    await turn();
    expect(open(host).sql.exec("SELECT count(*) AS n FROM t").one()).toEqual({ n: 500 });
  });

  it("follows a trap: the call fails, the next one works on what was committed", async () => {
    const { sql, engine } = open();
    sql.exec("CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)");
    await turn();
    const cursor = sql.exec("SELECT id FROM t");
    const error = failure(() => engine.trapForTest());
    expect(error.code).toBe("Internal");
    expect(error.cause).toBeInstanceOf(WebAssembly.RuntimeError);
    expect(engine.isOpen).toBe(false);
    expect(cursor.toArray()).toEqual([{ id: 1 }]);
    expect(sql.exec("SELECT id FROM t").toArray()).toEqual([{ id: 1 }]);
    sql.exec("INSERT INTO t VALUES (2)");
    expect(sql.exec("SELECT count(*) AS n FROM t").one()).toEqual({ n: 2 });
  });

  it("ends cursors with rows still in the module, by an error", () => {
    const { sql, engine } = open(new MemoryHost(1));
    sql.exec("CREATE TABLE t (id INTEGER PRIMARY KEY)");
    sql.transactionSync(() => {
      for (let i = 0; i < 20_000; i++) sql.exec("INSERT INTO t VALUES (?)", i);
    });
    const cursor = sql.exec("SELECT id FROM t");
    failure(() => engine.trapForTest());
    expect(failure(() => cursor.toArray()).code).toBe("Stale");
    expect(sql.exec("SELECT count(*) AS n FROM t").one()).toEqual({ n: 20_000 });
  });

  it("withholds a turn whose commits were only in memory", async () => {
    class Withholding extends MemoryHost {
      reasons: string[] = [];
      withhold(reason: string): void {
        this.reasons.push(reason);
      }
    }
    const host = new Withholding(0);
    const { sql, engine } = open(host);
    sql.exec("CREATE TABLE t (id INTEGER PRIMARY KEY)");
    await turn();
    sql.exec("INSERT INTO t VALUES (1)"); // put at once
    failure(() => engine.trapForTest());
    expect(host.reasons).toEqual([]);
    await turn();
    sql.exec("INSERT INTO t VALUES (2)");
    sql.exec("INSERT INTO t VALUES (3)"); // in memory until the turn ends
    failure(() => engine.trapForTest());
    expect(host.reasons).toHaveLength(1);
    expect(sql.exec("SELECT id FROM t ORDER BY id").toArray()).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it("notices that storage was rolled back around it", async () => {
    const { host, sql } = open();
    sql.exec("CREATE TABLE t (id INTEGER PRIMARY KEY)");
    await turn();
    const before = host.snapshot();
    sql.exec("INSERT INTO t VALUES (1)");
    await turn();
    host.restore(before);
    expect(failure(() => sql.exec("INSERT INTO t VALUES (2)")).code).toBe("Stale");
    expect(sql.exec("SELECT count(*) AS n FROM t").one()).toEqual({ n: 0 });
    sql.exec("INSERT INTO t VALUES (3)");
    await turn();
    expect(open(host).sql.exec("SELECT id FROM t").toArray()).toEqual([{ id: 3 }]);
  });

  it("follows a host that fails", async () => {
    class Failing extends MemoryHost {
      broken = false;
      override put(kind: number, number: number, data: Uint8Array): void {
        if (this.broken) throw new Error("the disk is full");
        super.put(kind, number, data);
      }
    }
    const host = new Failing(0);
    const { sql } = open(host);
    sql.exec("CREATE TABLE t (id INTEGER PRIMARY KEY)");
    await turn();
    host.broken = true;
    const error = failure(() => sql.exec("INSERT INTO t VALUES (1)"));
    expect(error.code).toBe("Io");
    expect((error.cause as Error).message).toBe("the disk is full");
    host.broken = false;
    expect(sql.exec("SELECT count(*) AS n FROM t").one()).toEqual({ n: 0 });
    // A turn's second half that fails is told by the next call.
    sql.exec("INSERT INTO t VALUES (2)");
    sql.exec("INSERT INTO t VALUES (3)");
    host.broken = true;
    await turn();
    host.broken = false;
    expect(() => sql.exec("SELECT 1")).toThrow(DoSQLError);
    expect(sql.exec("SELECT id FROM t").toArray()).toEqual([{ id: 2 }]);
  });

  it("refuses storage that holds something else", () => {
    const host = new MemoryHost(0);
    host.put(1, 0, new Uint8Array(4096).fill(7));
    host.put(1, 1, new Uint8Array(4096).fill(7));
    expect(failure(() => open(host).engine.open()).code).toMatch(/^(NotADatabase|Corrupt)$/);
  });
});

describe("the meter", () => {
  it("counts one row a turn, however many rows it changes", async () => {
    const { host, sql } = open();
    sql.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); CREATE INDEX ta ON t (a)");
    await turn();
    const before = host.meter.rowsWritten;
    sql.transactionSync(() => {
      for (let i = 0; i < 1000; i++) sql.exec("INSERT INTO t VALUES (?, ?)", i, `a ${i}`);
    });
    await turn();
    expect(host.meter.rowsWritten - before).toBe(1);
  });
});
