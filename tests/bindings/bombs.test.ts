import { describe, expect, it } from "vitest";
import Database from "../../bindings/node/index.ts";
import { DoSQLError } from "../../bindings/sql/error.ts";

/**
 * Statements made to hurt: each is answered, or refused with an error that says why, within seconds
 * and the budget; and the database lives on.
 */
const BUDGET = 96 << 20;
const MS_MAX = 20_000;
const LIMITS = [
  "TooBig",
  "TooDeep",
  "NoMemory",
  "Syntax",
  "Bind",
  "Unsupported",
  "Function",
  "Parameter",
  "NoSuchObject",
  "Deadline",
];

const times = (n: number, text: string, between = ""): string =>
  Array.from({ length: n }, () => text).join(between);

const BOMBS: Record<string, string> = {
  "nested parentheses": `SELECT ${times(100_000, "(")}1${times(100_000, ")")}`,
  "nested NOT": `SELECT ${times(50_000, "NOT ")}1`,
  "nested minus": `SELECT ${times(50_000, "- ")}1`,
  "nested CASE": `SELECT ${times(5_000, "CASE WHEN 1 THEN ")}1${times(5_000, " END")}`,
  "nested functions": `SELECT ${times(5_000, "abs(")}1${times(5_000, ")")}`,
  "nested subqueries": `SELECT ${times(2_000, "(SELECT ")}1${times(2_000, ")")}`,
  "nested FROM": `SELECT * FROM ${times(500, "(SELECT * FROM ")}t${times(500, ")")}`,
  "nested EXISTS": `SELECT 1 WHERE ${times(800, "EXISTS (SELECT 1 WHERE ")}1${times(800, ")")}`,
  "a long sum": `SELECT ${times(60_000, "1", "+")}`,
  "a long concatenation": `SELECT ${times(20_000, "'x'", "||")}`,
  "a long AND": `SELECT a FROM t WHERE ${times(30_000, "a=1", " AND ")}`,
  "a long OR": `SELECT a FROM t WHERE ${times(30_000, "a=1", " OR ")}`,
  "500 arms": times(500, "SELECT 1", " UNION ALL "),
  "500 distinct arms": times(500, "SELECT a FROM t", " UNION "),
  "501 arms": times(501, "SELECT 1", " UNION ALL "),
  "10,000 rows of VALUES": `VALUES ${times(10_000, "(1,2,3)", ",")}`,
  "50,000 in a list": `SELECT count(*) FROM t WHERE a IN (${Array.from({ length: 50_000 }, (_, i) => i).join(",")})`,
  "50,000 texts in a list": `SELECT count(*) FROM t WHERE b IN (${Array.from({ length: 50_000 }, (_, i) => `'k${i}'`).join(",")})`,
  "3,000 columns": `SELECT ${times(3_000, "1", ",")}`,
  "3,000 columns of a table": `CREATE TABLE wide (${Array.from({ length: 3_000 }, (_, i) => `c${i}`).join(",")})`,
  "a join of 70 tables": `SELECT count(*) FROM ${Array.from({ length: 70 }, (_, i) => `t AS x${i}`).join(",")}`,
  "a join of 20 on a key": `SELECT count(*) FROM t AS x0 ${Array.from({ length: 20 }, (_, i) => `JOIN t AS x${i + 1} ON x${i + 1}.a = x${i}.a`).join(" ")}`,
  "a text of 2 MB": `SELECT length('${"x".repeat(2 << 20)}')`,
  "a comment of 2 MB": `SELECT 1 /* ${"x".repeat(2 << 20)} */`,
  "a name of 1 MB": `SELECT 1 AS "${"x".repeat(1 << 20)}"`,
  "a number of 500,000 digits": `SELECT ${"9".repeat(500_000)}`,
  "an exponent of 100,000 digits": `SELECT 1e${"9".repeat(100_000)}`,
  "zeroblob(1e9)": "SELECT length(zeroblob(1000000000))",
  "zeroblob(2^40)": "SELECT length(zeroblob(1099511627776))",
  "a stored zeroblob": "INSERT INTO t VALUES (9, zeroblob(900000000))",
  "hex of a zeroblob": "SELECT length(hex(zeroblob(60000000)))",
  "randomblob(1e9)": "SELECT length(randomblob(1000000000))",
  "printf width": "SELECT length(printf('%900000000d', 1))",
  "printf precision": "SELECT length(printf('%.900000000f', 1.5))",
  "printf star": "SELECT length(printf('%*d', 2147483647, 1))",
  "printf of many": `SELECT length(printf('${"%099999d".repeat(500)}'))`,
  "replace that grows":
    "SELECT length(replace(replace(replace(printf('%1000s',''),' ','          '),' ','          '),' ','                                                                                                    '))",
  "LIKE of many stars": `SELECT '${"a".repeat(20_000)}' LIKE '${"%a".repeat(60)}b'`,
  "LIKE of a long pattern": `SELECT 'a' LIKE '${"%".repeat(60_000)}'`,
  "GLOB of many stars": `SELECT '${"a".repeat(20_000)}' GLOB '${"*a".repeat(60)}b'`,
  "GLOB of open brackets": `SELECT '${"a".repeat(5_000)}' GLOB '${"*[".repeat(5_000)}'`,
  "instr of likes": `SELECT instr('${"a".repeat(200_000)}', '${"a".repeat(100_000)}b')`,
  "trim of many": `SELECT length(trim('${"ab".repeat(200_000)}', '${"ba".repeat(2_000)}'))`,
  doubling: `WITH ${["s0(v) AS (SELECT 'xxxxxxxx')", ...Array.from({ length: 30 }, (_, i) => `s${i + 1}(v) AS (SELECT v || v FROM s${i})`)].join(", ")} SELECT length(v) FROM s30`,
  "common tables that double": `WITH ${["s0(v) AS (SELECT 1)", ...Array.from({ length: 24 }, (_, i) => `s${i + 1}(v) AS (SELECT v FROM s${i} UNION ALL SELECT v FROM s${i})`)].join(", ")} SELECT count(*) FROM s24`,
  "the plan of common tables that double": `EXPLAIN QUERY PLAN WITH ${["s0(v) AS (SELECT 1)", ...Array.from({ length: 24 }, (_, i) => `s${i + 1}(v) AS (SELECT v FROM s${i} UNION ALL SELECT v FROM s${i})`)].join(", ")} SELECT count(*) FROM s24`,
  group_concat: "SELECT length(group_concat(x.b || y.b || z.b)) FROM big AS x, big AS y, big AS z",
  "a sort of a product":
    "SELECT x.b FROM big AS x, big AS y, big AS z ORDER BY y.b || z.b || x.b DESC LIMIT 1",
  "groups of a product":
    "SELECT count(*) FROM (SELECT x.a, y.a, z.a FROM big AS x, big AS y, big AS z GROUP BY 1, 2, 3)",
  "a parameter of a great number": "SELECT ?999999999",
  "40,000 parameters": `SELECT ${times(40_000, "?", "+")}`,
  "an unended text": `SELECT '${"x".repeat(100_000)}`,
  "100,000 blanks": `SELECT${" ".repeat(100_000)}1`,
  savepoints: times(5_000, "SAVEPOINT s", ";"),
};

function count(db: Database): unknown {
  try {
    return db.prepare("SELECT count(*) FROM t WHERE a < 3").pluck().get();
  } catch (error) {
    return error;
  }
}

describe("bombs", () => {
  for (const [name, sql] of Object.entries(BOMBS)) {
    it(
      name,
      () => {
        const db = new Database(":memory:", { budgetBytes: BUDGET });
        db.exec(
          "CREATE TABLE t (a INTEGER PRIMARY KEY, b); INSERT INTO t VALUES (1, 'one'), (2, 'two')",
        );
        db.exec(
          `CREATE TABLE big (a, b); INSERT INTO big VALUES ${Array.from({ length: 100 }, (_, i) => `(${i}, 'text of row ${i}')`).join(",")}`,
        );
        const start = performance.now();
        try {
          db.exec(sql);
        } catch (error) {
          const failure = error instanceof DoSQLError ? error : (error as Error).cause;
          expect(failure).toBeInstanceOf(DoSQLError);
          expect(LIMITS, String(failure).slice(0, 200)).toContain((failure as DoSQLError).code);
        }
        expect(performance.now() - start).toBeLessThan(MS_MAX);
        if (db.inTransaction) db.exec("ROLLBACK");
        // A write that ran out of memory may cost the instance: the call after it opens a new one.
        if (sql.startsWith("INSERT")) count(db);
        expect(count(db)).toBe(2);
        db.close();
      },
      60_000,
    );
  }
});
