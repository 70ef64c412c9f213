import { USERS, aggregates, emails, sequence, user, userColumns, type Side } from "./sides.ts";

/** One thing that is timed: `prepare` is not, `run` is; it returns something to compare. */
export interface Case {
  readonly title: string;
  /** Operations of one round. */
  readonly operations: number;
  /** The least ratio to SQLite that is asked for, and the one aimed at. */
  readonly bar: number;
  readonly aim: number;
  readonly writes: boolean;
  prepare?(side: Side): void;
  run(side: Side, operations: number, round: number): unknown | Promise<unknown>;
}

const insertUser = (table: string) => `INSERT INTO ${table} VALUES (?, ?, ?, ?, ?, ?)`;
// Ids spread over the table, each once per 50,000.
const scattered = (i: number): number => (i * 7919) % USERS;

/** An empty table with the users' columns and indexes. */
function emptyTable(side: Side, table: string): void {
  side.sql.exec(`DROP TABLE IF EXISTS ${table}`);
  side.sql.exec(`CREATE TABLE ${table} (${userColumns})`);
  side.sql.exec(`CREATE UNIQUE INDEX ${table}_email ON ${table} (email)`);
  side.sql.exec(`CREATE INDEX ${table}_city ON ${table} (city)`);
}

const countOf = (side: Side, table: string) =>
  side.sql.exec(`SELECT count(*) AS n, sum(id) AS s, min(email) AS e FROM ${table}`).toArray();

const reads: Record<string, Case> = {
  "select-pk": {
    title: "point SELECT by primary key",
    operations: 100_000,
    bar: 3,
    aim: 5,
    writes: false,
    run(side, n) {
      let last: object[] = [];
      for (let i = 0; i < n; i++)
        last = side.sql.exec("SELECT * FROM users WHERE id = ?", scattered(i)).toArray();
      return last;
    },
  },
  "select-unique": {
    title: "point SELECT by unique index",
    operations: 100_000,
    bar: 3,
    aim: 5,
    writes: false,
    run(side, n) {
      let last: object[] = [];
      for (let i = 0; i < n; i++) {
        last = side.sql.exec("SELECT * FROM users WHERE email = ?", emails[scattered(i)]).toArray();
      }
      return last;
    },
  },
  "select-range": {
    title: "range of 100 rows as objects",
    operations: 20_000,
    bar: 5,
    aim: 5,
    writes: false,
    run(side, n) {
      let last: object[] = [];
      for (let i = 0; i < n; i++) {
        const from = scattered(i) % (USERS - 100);
        last = side.sql
          .exec("SELECT * FROM users WHERE id >= ? AND id < ?", from, from + 100)
          .toArray();
      }
      return last;
    },
  },
};

const writes: Record<string, Case> = {
  "insert-transaction": {
    title: "INSERT in transactions of 1,000 rows",
    operations: 200_000,
    bar: 1.5,
    aim: 2,
    writes: true,
    prepare: (side) => emptyTable(side, "inserted"),
    async run(side, n) {
      const text = insertUser("inserted");
      for (let from = 0; from < n; from += 1000) {
        side.transaction(() => {
          for (let i = from; i < from + 1000; i++) side.sql.exec(text, ...user(i));
        });
        if (from % 10_000 === 0) await side.sync();
      }
      await side.sync();
      return countOf(side, "inserted");
    },
  },
  "update-pk": {
    title: "UPDATE by key, coalesced",
    operations: 100_000,
    bar: 1.2,
    aim: 1.2,
    writes: true,
    async run(side, n, round) {
      for (let i = 0; i < n; i++) {
        side.sql.exec("UPDATE users SET score = ? WHERE id = ?", i + round, scattered(i));
        if (i % 10_000 === 9999) await side.sync();
      }
      return side.sql.exec("SELECT sum(score) AS s FROM users").toArray();
    },
  },
  "insert-coalesced": {
    title: "autocommit INSERT, coalesced",
    operations: 200_000,
    bar: 1,
    aim: 1,
    writes: true,
    prepare: (side) => emptyTable(side, "inserted"),
    async run(side, n) {
      const text = insertUser("inserted");
      for (let i = 0; i < n; i++) {
        side.sql.exec(text, ...user(i));
        if (i % 10_000 === 9999) await side.sync();
      }
      return countOf(side, "inserted");
    },
  },
  "insert-durable": {
    title: "INSERT, each awaited until durable",
    operations: 20_000,
    bar: 1,
    aim: 1,
    writes: true,
    prepare: (side) => emptyTable(side, "inserted"),
    async run(side, n) {
      const text = insertUser("inserted");
      for (let i = 0; i < n; i++) {
        side.sql.exec(text, ...user(i));
        await side.sync();
      }
      return countOf(side, "inserted");
    },
  },
};

const analytics: Record<string, Case> = Object.fromEntries(
  aggregates.map((sql, i) => [
    `aggregate-${i + 1}`,
    {
      title: sql,
      operations: 10,
      bar: 2,
      aim: 5,
      writes: false,
      run(side: Side, n: number) {
        let last: object[] = [];
        for (let k = 0; k < n; k++) last = side.sql.exec(sql).toArray();
        return last;
      },
    },
  ]),
);

export const cases: Readonly<Record<string, Case>> = { ...reads, ...writes, ...analytics };

// --- billed rows ---------------------------------------------------------------------------------

/** 1,000 rows in one transaction, into a table with two indexes on random keys. */
export function billedTransactionTable(side: Side): void {
  side.sql.exec("DROP TABLE IF EXISTS billed");
  side.sql.exec("CREATE TABLE billed (id INTEGER PRIMARY KEY, a INTEGER, b TEXT, body TEXT)");
  side.sql.exec("CREATE INDEX billed_a ON billed (a)");
  side.sql.exec("CREATE INDEX billed_b ON billed (b)");
}

export function billedTransaction(side: Side, number: number): void {
  const random = sequence(number + 1);
  side.transaction(() => {
    for (let i = 0; i < 1000; i++) {
      const a = random.next().value;
      const b = `key ${random.next().value.toString(36)}`;
      side.sql.exec(
        "INSERT INTO billed VALUES (?, ?, ?, ?)",
        number * 1000 + i,
        a,
        b,
        `the body of row ${i}`,
      );
    }
  });
}

const BIG_ROW = "x".repeat(60);

/** Adds rows to a table with three indexes on random keys, `to` rows in all. */
export function growBig(side: Side, from: number, to: number): void {
  if (from === 0) {
    side.sql.exec("DROP TABLE IF EXISTS big");
    side.sql.exec(
      "CREATE TABLE big (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER, c TEXT, body TEXT)",
    );
    for (const c of ["a", "b", "c"]) side.sql.exec(`CREATE INDEX big_${c} ON big (${c})`);
  }
  const random = sequence(from + 17);
  side.transaction(() => {
    for (let i = from; i < to; i++)
      side.sql.exec("INSERT INTO big VALUES (?, ?, ?, ?, ?)", i, ...bigRow(random));
  });
}

function bigRow(random: Iterator<number, number>): [number, number, string, string] {
  return [
    random.next().value,
    random.next().value,
    `key ${random.next().value.toString(36)}`,
    BIG_ROW + random.next().value,
  ];
}

/** Single-row commits of random rows, each in a turn of its own. */
export async function randomCommits(
  side: Side,
  rows: number,
  commits: number,
  seed: number,
): Promise<void> {
  const random = sequence(seed);
  for (let i = 0; i < commits; i++) {
    const id = random.next().value % rows;
    const [a, b, c, body] = bigRow(random);
    side.sql.exec("UPDATE big SET a = ?, b = ?, c = ?, body = ? WHERE id = ?", a, b, c, body, id);
    await side.sync();
  }
}
