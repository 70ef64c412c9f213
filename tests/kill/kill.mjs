// Kills the real server with -9, whole process group, at random moments of a write load, N times:
//   node tests/kill/kill.mjs N [SEED]
//
// Every write has a key of its own and is sent once, alone or in an atomic batch, over several
// connections. After each kill the server starts anew over the same state, and must show
//   acknowledged writes  ⊆  found rows  ⊆  sent writes,   batches whole or not at all,
// every row as it was sent, both tables agreeing, and `PRAGMA integrity_check` ok.
import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { database, startServer } from "../../scripts/dev-server.mjs";
import { diceOf } from "./dice.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const rounds = Number(process.argv[2] ?? 10);
const seed = Number(process.argv[3] ?? Date.now() % 1e9);
const CONNECTIONS = 6;
const FIRST_PORT = 20_000 + (process.pid % 20_000);
const state = join(root, "build/kill-state", String(process.pid));

const below = diceOf(seed);

/** What row `key` holds: most are short, some fill the log quickly so that checkpoints happen. */
function payload(key, size) {
  const unit = `${key}.`;
  return unit.repeat(Math.ceil(size / unit.length)).slice(0, size);
}
const sizes = () => (below(8) === 0 ? 40_000 + below(360_000) : 20 + below(3000));

/** key -> {size, batch (its first key), acknowledged} */
const sent = new Map();
let nextKey = 1;

function makeWrite() {
  const count = below(3) === 0 ? 2 + below(6) : 1;
  const keys = Array.from({ length: count }, () => nextKey++);
  for (const key of keys) sent.set(key, { size: sizes(), batch: keys[0], acknowledged: false });
  const insert = (key) => [
    {
      sql: "INSERT INTO main_rows (key, tag, body) VALUES (?, ?, ?)",
      params: [key, `tag ${key % 97}`, payload(key, sent.get(key).size)],
    },
    { sql: "INSERT INTO side_rows (name, key) VALUES (?, ?)", params: [`name ${key}`, key] },
  ];
  return { keys, statements: keys.flatMap(insert) };
}

async function connection(db, running) {
  while (running()) {
    const { keys, statements } = makeWrite();
    try {
      // A single row goes without a batch half of the time; its side row then follows on its own.
      if (keys.length === 1 && below(2) === 0) {
        const [main, side] = statements;
        await db.query(main.sql, ...main.params);
        sent.get(keys[0]).acknowledged = true;
        await db.query(side.sql, ...side.params);
        sent.get(keys[0]).side = true;
      } else {
        await db.batch(statements);
        for (const key of keys)
          Object.assign(sent.get(key), { acknowledged: true, side: true, whole: true });
      }
      if (keys.length > 1 || statements.length > 2)
        for (const key of keys) sent.get(key).whole = true;
    } catch (error) {
      // The server says no: a fault of its own, not the kill's.
      if (error.status !== undefined && error.status !== 503) throw error;
      return;
    }
  }
}

async function schema(db) {
  await db.batch([
    { sql: "CREATE TABLE IF NOT EXISTS main_rows (key INTEGER PRIMARY KEY, tag TEXT, body TEXT)" },
    { sql: "CREATE INDEX IF NOT EXISTS main_tag ON main_rows (tag, key)" },
    { sql: "CREATE TABLE IF NOT EXISTS side_rows (name TEXT PRIMARY KEY, key INTEGER NOT NULL)" },
    { sql: "CREATE UNIQUE INDEX IF NOT EXISTS side_key ON side_rows (key)" },
  ]);
}

/** All rows of `sql`, which ends in `> ? ORDER BY key LIMIT ?`. */
async function* pages(db, sql, limit) {
  let last = 0;
  for (;;) {
    const { rows } = await db.query(sql, last, limit);
    yield* rows;
    if (rows.length < limit) return;
    last = rows.at(-1)[0];
  }
}

/** The list of what is wrong. `from`: bodies of keys from here on are compared in full. */
async function check(db, from) {
  const wrong = [];
  const complain = (text) => wrong.length < 10 && wrong.push(text);
  const found = new Set();
  for await (const [key, tag] of pages(
    db,
    "SELECT key, tag FROM main_rows WHERE key > ? ORDER BY key LIMIT ?",
    20_000,
  )) {
    found.add(key);
    if (!sent.has(key)) complain(`row ${key} was never sent`);
    if (tag !== `tag ${key % 97}`) complain(`row ${key} has tag ${tag}`);
  }
  const side = new Set();
  for await (const [key, name] of pages(
    db,
    "SELECT key, name FROM side_rows WHERE key > ? ORDER BY key LIMIT ?",
    20_000,
  )) {
    side.add(key);
    if (name !== `name ${key}`) complain(`side row ${key} is called ${name}`);
    if (!found.has(key)) complain(`side row ${key} is without its row`);
  }
  const batches = new Map();
  for (const [key, write] of sent) {
    if (write.acknowledged && !found.has(key)) complain(`acknowledged row ${key} is gone`);
    if (write.side && !side.has(key)) complain(`acknowledged side row ${key} is gone`);
    const batch = batches.get(write.batch) ?? { size: 0, found: 0 };
    batch.size++;
    if (found.has(key)) batch.found++;
    batches.set(write.batch, batch);
  }
  for (const [first, { size, found: n }] of batches) {
    if (n !== 0 && n !== size) complain(`of batch ${first}, ${n} of ${size} rows are there`);
  }
  for await (const [key, body] of pages(
    db,
    `SELECT key, body FROM main_rows WHERE key >= ${from} AND key > ? ORDER BY key LIMIT ?`,
    100,
  )) {
    const { size } = sent.get(key) ?? { size: -1 };
    if (size >= 0 && body !== payload(key, size)) complain(`row ${key} has another body`);
  }
  const { rows } = await db.query("SELECT count(*) FROM main_rows");
  if (rows[0][0] !== found.size)
    complain(`count(*) says ${rows[0][0]}, a scan found ${found.size}`);
  const { rows: words } = await db.query("PRAGMA integrity_check");
  if (words.length !== 1 || words[0][0] !== "ok") complain(`integrity_check: ${words.join("; ")}`);
  // What is not there after a kill never comes back.
  for (const [key] of sent) if (!found.has(key)) sent.delete(key);
  return { wrong, found: found.size };
}

async function main() {
  console.log(`kill: ${rounds} rounds, seed ${seed}`);
  rmSync(state, { recursive: true, force: true });
  mkdirSync(state, { recursive: true });
  let passed = 0;
  let port = FIRST_PORT;
  const start = () => startServer({ port: port++, persistTo: state, vars: { DOSQL_LOCAL: "1" } });
  let server = await start();
  await schema(database(server.url, "kill"));
  for (let round = 1; round <= rounds; round++) {
    const firstKey = nextKey;
    let running = true;
    const db = database(server.url, "kill");
    const load = Array.from({ length: CONNECTIONS }, () => connection(db, () => running));
    const failure = Promise.all(load).then(
      () => null,
      (error) => error,
    );
    const delay = 30 + below(1500);
    await new Promise((resolve) => setTimeout(resolve, delay));
    const early = await Promise.race([failure, Promise.resolve("running")]);
    await server.kill();
    running = false;
    const problem = await failure;
    const writes = [...sent].filter(([key]) => key >= firstKey);
    const acknowledged = writes.filter(([, { acknowledged }]) => acknowledged).length;
    server = await start();
    const started = performance.now();
    const { wrong, found } = await check(database(server.url, "kill"), firstKey);
    if (problem !== null) wrong.push(`a write was refused: ${problem.message}`);
    else if (early === null) wrong.push("the load ended before the kill");
    const ok = wrong.length === 0;
    if (ok) passed++;
    console.log(
      `round ${round}: killed after ${delay} ms; ${writes.length} rows sent, ${acknowledged} acknowledged; ` +
        `${found} rows in all, checked in ${((performance.now() - started) / 1000).toFixed(1)} s: ` +
        (ok ? "ok" : `WRONG: ${wrong.join("; ")}`),
    );
  }
  await server.stop();
  if (passed === rounds) rmSync(state, { recursive: true, force: true });
  else console.log(`state kept in ${state}`);
  console.log(`${passed} passed, ${rounds - passed} failed`);
  process.exit(passed === rounds ? 0 : 1);
}

await main();
