export interface SqlLike {
  exec(query: string, ...bindings: (string | number | null)[]): { toArray(): object[] };
}

/** Both databases through the one shape they share. */
export interface Side {
  readonly name: "dosql" | "sqlite";
  readonly sql: SqlLike;
  transaction(body: () => void): void;
  /** Resolves when what was written so far is durable. */
  sync(): Promise<void>;
}

/** Numbers that are the same in every run. */
export function* sequence(seed: number): Generator<number, never> {
  let state = seed >>> 0;
  for (;;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state;
  }
}

export const USERS = 50_000;
export const EVENTS = 200_000;

export const emails = Array.from({ length: USERS }, (_, i) => `user${i}@example.com`);
const cities = Array.from({ length: 500 }, (_, i) => `city of number ${i}`);
const kinds = ["view", "click", "cart", "order", "refund", "search", "share", "login"];

export const userColumns =
  "id INTEGER PRIMARY KEY, name TEXT, email TEXT, city TEXT, age INTEGER, score REAL";

export function user(id: number): [number, string, string, string, number, number] {
  return [
    id,
    `name of ${id}`,
    emails[id] ?? `user${id}@example.com`,
    cities[(id * 7) % 500],
    (id * 31) % 90,
    id / 7,
  ];
}

function event(id: number): (string | number)[] {
  const x = Math.imul(id, 2654435761) >>> 0;
  return [
    id,
    x % 5000,
    kinds[(x >>> 8) % 8],
    (x % 100_003) / 100,
    (x >>> 4) % 100,
    (x >>> 3) % 365,
  ];
}

/** The tables that reads are timed on. */
export function fill(side: Side): void {
  if (
    side.sql.exec("SELECT name FROM sqlite_schema WHERE name = 'events_full'").toArray().length > 0
  )
    return;
  side.sql.exec(`CREATE TABLE users (${userColumns})`);
  side.sql.exec("CREATE UNIQUE INDEX users_email ON users (email)");
  side.sql.exec("CREATE INDEX users_city ON users (city)");
  side.sql.exec(
    "CREATE TABLE events (id INTEGER PRIMARY KEY, user_id INTEGER, kind TEXT, amount REAL, quantity INTEGER, day INTEGER)",
  );
  for (let from = 0; from < USERS; from += 5000) {
    side.transaction(() => {
      for (let i = from; i < from + 5000; i++)
        side.sql.exec("INSERT INTO users VALUES (?, ?, ?, ?, ?, ?)", ...user(i));
    });
  }
  for (let from = 0; from < EVENTS; from += 5000) {
    side.transaction(() => {
      for (let i = from; i < from + 5000; i++) {
        side.sql.exec("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)", ...event(i));
      }
    });
  }
  side.sql.exec("CREATE TABLE events_full (x INTEGER)");
}

export const aggregates: readonly string[] = [
  "SELECT count(*) AS n FROM events WHERE quantity > 50",
  "SELECT sum(amount) AS s, avg(amount) AS a FROM events WHERE day >= 100 AND day < 200",
  "SELECT day, count(*) AS n, sum(quantity) AS q FROM events GROUP BY day ORDER BY day",
  "SELECT kind, count(*) AS n, avg(amount) AS a FROM events GROUP BY kind ORDER BY kind",
  "SELECT min(amount) AS a, max(amount) AS b, min(day) AS c, max(day) AS d FROM events",
  "SELECT kind, sum(amount * quantity) AS s, avg(amount - quantity * 0.5) AS a, max(quantity) AS m FROM events WHERE quantity <> 7 GROUP BY kind ORDER BY kind",
];
