// Kills the real server with -9 while databases stream to the lake, N times:
//   node tests/kill/kill-lake.mjs N [SEED]
//
// Three databases feed one table: random inserts, updates and deletes, flushes by age and by readers. After
// each kill the server starts anew over the same state; when the stream has come to rest the lake must have as
// many rows as the databases, each source at the place where its database is, and every file that a snapshot
// names. At the end all that nothing names is swept away. (What rows say is read by tests/interop/stream.py.)
import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { database, startServer } from "../../scripts/dev-server.mjs";
import { diceOf } from "./dice.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const rounds = Number(process.argv[2] ?? 10);
const seed = Number(process.argv[3] ?? Date.now() % 1e9);
const state = join(root, "build/kill-state", `lake-${process.pid}`);
const FIRST_PORT = 20_000 + (process.pid % 20_000);
const SOURCES = ["one", "two", "three"];
const TABLE = "/catalog/v1/main/namespaces/shop/tables/t";

const below = diceOf(seed);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

let server;
const start = async (round) => {
  server = await startServer({
    config: "tests/kill/kill-lake-wrangler.toml",
    port: FIRST_PORT + (round % 50),
    persistTo: state,
    vars: { DOSQL_LOCAL: "1" },
  });
};
async function ask(path, body, method = body === undefined ? "GET" : "POST") {
  const init = { method, headers: { "content-type": "application/json" } };
  if (body !== undefined) init.body = JSON.stringify(body);
  const response = await fetch(server.url + path, { ...init, signal: AbortSignal.timeout(60_000) });
  const text = await response.text();
  if (!response.ok)
    throw Object.assign(new Error(`${path}: ${response.status} ${text}`), {
      status: response.status,
    });
  return JSON.parse(text);
}
const query = async (name, sql) => (await database(server.url, name).query(sql)).rows;

function write() {
  const id = below(3000);
  switch (below(6)) {
    case 0:
      return `DELETE FROM t WHERE id BETWEEN ${id} AND ${id + below(40)}`;
    case 1:
      return `UPDATE t SET v = 'new ${id}' WHERE id BETWEEN ${id} AND ${id + below(200)}`;
    case 2:
      return `INSERT OR REPLACE INTO t SELECT value, 'many' FROM generate_series(${id}, ${id + 400})`;
    default:
      return `INSERT OR REPLACE INTO t VALUES (${id}, 'row ${id}')`;
  }
}

/** Until something fails, which is the kill, or a fault of the server's own. */
async function work(name, running) {
  while (running()) {
    try {
      if (below(12) === 0) await ask(TABLE).catch((e) => e.status !== 404 && Promise.reject(e));
      else await query(name, write());
    } catch (error) {
      if (error.status !== undefined && error.status !== 503) throw error;
      return;
    }
    await pause(below(30));
  }
}

/** Until the lake has confirmed all that was written; then the table. */
async function rest() {
  for (const end = Date.now() + 60_000; ; await pause(50)) {
    const tables = [];
    for (const name of SOURCES) tables.push(...(await ask(`/db/${name}/stream`)).tables);
    const failed = tables.find(({ state }) => state === "failed");
    if (failed) throw new Error(`the stream failed: ${failed.why}`);
    if (tables.every(({ behind }) => !behind)) break;
    if (Date.now() > end) throw new Error(`no rest in a minute: ${JSON.stringify(tables)}`);
  }
  return (await ask(TABLE)).metadata;
}

async function check() {
  const metadata = await rest();
  const current = metadata.snapshots.at(-1);
  const total = (key) => Number(current.summary[key] ?? 0);
  let rows = 0;
  for (const name of SOURCES) rows += (await query(name, "SELECT count(*) FROM t"))[0][0];
  const lake = total("total-records") - total("total-position-deletes");
  const wrong = [];
  if (lake !== rows) wrong.push(`the lake has ${lake} rows, the databases ${rows}`);
  const ids = metadata.snapshots.map((s) => s["snapshot-id"]);
  if (new Set(ids).size !== ids.length) wrong.push("a snapshot is there twice");
  const { missing, orphans, named } = await ask("/files");
  if (missing.length > 0) wrong.push(`files are missing: ${missing.slice(0, 5)}`);
  return { wrong, rows, orphans, named };
}

mkdirSync(state, { recursive: true });
let passed = 0;
const failures = [];
const said = (round, what) => failures.push(`round ${round}: ${what}`);
try {
  await start(0);
  for (const name of SOURCES) {
    await query(
      name,
      "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (-1, 'first')",
    );
    await ask(`/db/${name}/stream`, { namespace: "shop", tables: ["t"] });
  }
  await rest();
  let last;
  for (let round = 1; round <= rounds; round++) {
    let running = true;
    const workers = SOURCES.map((name) => work(name, () => running));
    await pause(300 + below(5000));
    await server.kill();
    running = false;
    for (const result of await Promise.allSettled(workers))
      if (result.status === "rejected") said(round, result.reason);
    await start(round);
    try {
      last = await check();
      for (const what of last.wrong) said(round, what);
    } catch (error) {
      said(round, `${error.message}\n${server.output().slice(-2000)}`);
      break;
    }
    if (failures.length === 0) passed++;
    console.log(
      `round ${round}: ${last.rows} rows, ${last.named} files named, ${last.orphans.length} by nobody${last.wrong.length ? ": WRONG" : ""}`,
    );
  }
  if (failures.length === 0) {
    // A grace of nothing, and a flush with the sweep behind it.
    const updates = [{ action: "set-properties", updates: { "dolake.orphan-grace-ms": "0" } }];
    await ask(TABLE, { requirements: [], updates });
    await query("one", "INSERT OR REPLACE INTO t VALUES (-2, 'last')");
    let orphans;
    for (const end = Date.now() + 20_000; Date.now() < end; await pause(500)) {
      ({ orphans } = await ask("/files"));
      if (orphans.length === 0) break;
    }
    const { wrong } = await check();
    if (orphans.length > 0)
      wrong.push(`${orphans.length} files are left that nothing names: ${orphans.slice(0, 5)}`);
    for (const what of wrong) said("sweep", what);
    if (wrong.length === 0) passed++;
  }
} catch (error) {
  failures.push(error.stack);
} finally {
  await server?.stop();
}
if (failures.length === 0) rmSync(state, { recursive: true, force: true });
for (const failure of failures) console.error(failure);
console.log(`${rounds} rounds of kill -9 of a stream to the lake, then the sweep; seed ${seed}`);
console.log(`${passed} passed, ${failures.length} failed`);
process.exit(failures.length > 0 ? 1 : 0);
