// Streaming to the lake against its bars, everything in one workerd, on one thread, in one run:
//   speed      a table's copy, inserts and updates while they stream, up to the committed snapshot that has
//              them; beside a bare relay: the same batch bytes by RPC to an object that puts them into R2
//   freshness  from a commit to the lake's catalog that has it, with nobody asking and with a reader
//   idle       10,000 slots that have caught up: rows and alarms in a minute, and what one commit writes
//
//   scripts/run node tests/bench/stream.mjs [ROWS] [speed,freshness,idle]
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { database, startServer } from "../../scripts/dev-server.mjs";

const rows = Number(process.argv[2] ?? 300_000);
const parts = (process.argv[3] ?? "speed,freshness,idle").split(",");
const state = mkdtempSync(join(tmpdir(), "stream-bench-"));
const server = await startServer({
  config: "tests/bench/stream-wrangler.toml",
  trace: false,
  port: 8970,
  persistTo: state,
  vars: { DOSQL_LOCAL: "1" },
});
const ask = async (path, init) => {
  const response = await fetch(server.url + path, init);
  const text = await response.text();
  if (!response.ok && response.status !== 404) throw new Error(`${path}: ${text}`);
  return JSON.parse(text);
};
const inside = (namespace, name, method, ...parameters) =>
  ask("/bench", { method: "POST", body: JSON.stringify({ namespace, name, method, parameters }) });
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const shown = (number) => Math.round(number).toLocaleString("en-US");
const seconds = async (work) => {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
};
const stream = (db, namespace, tables) =>
  ask(`/db/${db}/stream`, { method: "POST", body: JSON.stringify({ namespace, tables }) });
const lakeName = (namespace, table) => JSON.stringify(["main", namespace, table]);

let missed = 0;
function bar(what, figure, unit, holds, wanted) {
  if (!holds) missed++;
  console.log(`${what.padEnd(58)} ${figure.padStart(10)} ${unit.padEnd(9)} bar ${wanted}${holds ? "" : "  MISSED"}`);
}
const say = (what, figure, unit) => console.log(`${what.padEnd(58)} ${figure.padStart(10)} ${unit}`);

/** Rows that are alive in the lake, as a reader loads it, which has it flushed. */
async function loaded(namespace, table) {
  const { metadata } = await ask(`/catalog/v1/main/namespaces/${namespace}/tables/${table}`);
  const current = metadata?.snapshots.find((s) => s["snapshot-id"] === metadata["current-snapshot-id"]);
  const count = (key) => Number(current?.summary[key] ?? 0);
  return count("total-records") - count("total-position-deletes");
}

/** Until the lake's table has so many rows and the database nothing that it lacks. */
async function committed(db, namespace, wanted) {
  for (;;) {
    const [table] = (await ask(`/db/${db}/stream`)).tables;
    if (table.state === "failed") throw new Error(table.why);
    if (!table.behind && (await loaded(namespace, "t")) === wanted) return;
    // Each answer takes time of the one thread that is measured.
    await pause(50);
  }
}

/** What all objects were billed since they came to be. */
async function billed() {
  const total = { rows: 0, alarmsSet: 0, alarmsRun: 0 };
  for (const bill of await inside("DATABASES", "", "bills"))
    for (const key of Object.keys(total)) total[key] += bill[key];
  return total;
}

async function speed() {
  const insert = async (name, from) => {
    const db = database(server.url, name);
    const values = "value, value % 1000, 'item ' || (value % 500), value / 4.0, 'some longer note of row ' || value";
    for (let at = from; at < from + rows; at += 5000)
      await db.query(`INSERT INTO t SELECT ${values} FROM generate_series(${at + 1}, ${at + 5000})`);
  };
  for (const name of ["big", "plain"]) {
    const columns = "id INTEGER PRIMARY KEY, customer INT, item TEXT, price REAL, note TEXT";
    await database(server.url, name).query(`CREATE TABLE t (${columns})`);
    await insert(name, 0);
  }
  const db = database(server.url, "big");
  const done = (wanted) => committed("big", "speed", wanted);
  const rates = {};
  const rate = (what, time) => {
    rates[what] = rows / time;
    const words = `${what}: ${shown(rows)} events, ${time.toFixed(2)} s`;
    bar(words, shown(rates[what]), "events/s", rates[what] >= 50_000, "50,000");
  };
  const copy = async () => {
    await stream("big", "speed");
    await done(rows);
  };
  rate("copy", await seconds(copy));
  // What is committed already, so that no SQL is timed.
  await db.query("CREATE REPLICATION SLOT probe FOR TABLE t");
  const bills = async () => ({
    database: (await inside("DATABASES", "big", "bill")).rows,
    lake: (await inside("TABLES", lakeName("speed", "t"), "bill")).rows,
    catalog: (await inside("CATALOG", "main", "bill")).rows,
    plain: (await inside("DATABASES", "plain", "bill")).rows,
  });
  const before = await bills();
  await inside("DATABASES", "big", "hold", true);
  await insert("big", rows);
  await insert("plain", rows);
  const drain = async () => {
    await inside("DATABASES", "big", "hold", false);
    await done(2 * rows);
  };
  rate("changes in the log", await seconds(drain));
  const after = await bills();
  const spent = Object.fromEntries(Object.keys(after).map((key) => [key, after[key] - before[key]]));
  const streamed = spent.database - spent.plain + spent.lake + spent.catalog;
  const perMillion = (streamed / rows) * 1e6;
  const words = `rows written per million events (${JSON.stringify(spent)})`;
  console.log(words);
  bar("  without what the same inserts cost a plain database", shown(perMillion), "rows", perMillion <= 2000, "2,000");
  const { batches, bytes } = await inside("DATABASES", "big", "collect", "probe");
  let best = Infinity;
  for (const atOnce of [1, 4])
    best = Math.min(best, await seconds(() => inside("DATABASES", "big", "relay", atOnce)));
  say(`bare relay and R2: ${batches} batches, ${shown(bytes / 1e6)} MB, ${best.toFixed(2)} s`, shown(rows / best), "events/s");
  for (const what of Object.keys(rates)) {
    const ratio = rates[what] / (rows / best);
    bar(`${what}, against the bare relay`, ratio.toFixed(2), "", ratio >= 0.25, "0.25");
  }
  await db.query("DROP REPLICATION SLOT probe");
  const inserts = await seconds(async () => {
    await insert("big", 2 * rows);
    await done(3 * rows);
  });
  say(`inserts and their SQL: ${inserts.toFixed(2)} s`, shown(rows / inserts), "events/s");
  const updates = await seconds(async () => {
    await db.query("UPDATE t SET price = price + 1 WHERE id % 6 = 0");
    await done(3 * rows);
  });
  say(`updates and their SQL: ${updates.toFixed(2)} s`, shown(rows / 2 / updates), "events/s");
}

async function freshness() {
  const db = database(server.url, "fresh");
  await db.query("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)");
  await db.query("INSERT INTO t (v) VALUES ('first')");
  await stream("fresh", "fresh");
  await committed("fresh", "fresh", 1);
  const feed = await inside("TABLES", lakeName("fresh", "t"), "id");
  const commits = []; // when each was acknowledged
  const seen = [];
  let writing = true;
  const watch = async () => {
    while (writing || seen.length < commits.length) {
      const count = (await inside("CATALOG", "main", "peek", feed)) - 1;
      for (const now = performance.now(); seen.length < count; ) seen.push(now);
      await pause(20);
    }
  };
  const write = async () => {
    for (let i = 0; i < 60; i++) {
      await pause(Math.random() * 2000);
      await db.query("INSERT INTO t (v) VALUES ('row')");
      commits.push(performance.now());
    }
    writing = false;
  };
  await Promise.all([watch(), write()]);
  const p95 = (times) => times.sort((a, b) => a - b)[Math.ceil(times.length * 0.95) - 1] / 1000;
  const alone = p95(commits.map((at, i) => seen[i] - at));
  bar("commit to catalog, 60 at random times, nobody asks, p95", alone.toFixed(2), "s", alone <= 5, "5");
  const asked = [];
  for (let i = 0; i < 60; i++) {
    await pause(Math.random() * 300);
    await db.query("INSERT INTO t (v) VALUES ('row')");
    const at = performance.now();
    while ((await loaded("fresh", "t")) < 62 + i) await pause(10);
    asked.push(performance.now() - at);
  }
  const quick = p95(asked);
  bar("commit to a reader who asks at once, again and again, p95", quick.toFixed(2), "s", quick < 1, "1");
}

// Ten databases feed ten lake tables by a slot each, and have 990 slots of other consumers.
async function idle() {
  const names = Array.from({ length: 10 }, (_, i) => `idle${i}`);
  const tables = Array.from({ length: 10 }, (_, i) => `t${i}`);
  const make = async (name) => {
    const db = database(server.url, name);
    const sql = tables.map((t) => `CREATE TABLE ${t} (id INTEGER PRIMARY KEY, v INT); INSERT INTO ${t} VALUES (1, 1)`);
    await db.query(sql.join(";"));
    await stream(name, "idle");
    await inside("DATABASES", name, "makeSlots", 990);
  };
  for (const name of names) await make(name);
  // Until all is quiet.
  for (let last = -1; ; ) {
    const { rows } = await billed();
    if (rows === last) break;
    last = rows;
    await pause(8000);
  }
  const [[slots]] = (await database(server.url, names[0]).query("SELECT count(*) FROM pragma_replication_slots")).rows;
  const before = await billed();
  await pause(60_000);
  const after = await billed();
  say("slots that have caught up, in 10 databases", shown(slots * names.length), "");
  const quiet = (key) => after[key] - before[key];
  bar("rows written in 60 s", shown(quiet("rows")), "rows", quiet("rows") === 0, "0");
  bar("alarms in 60 s", shown(quiet("alarmsSet") + quiet("alarmsRun")), "alarms", quiet("alarmsSet") + quiet("alarmsRun") === 0, "0");
  const own = async () => (await inside("DATABASES", names[0], "bill")).rows;
  const first = await own();
  await database(server.url, names[0]).query("INSERT INTO t0 VALUES (2, 2)");
  await pause(3000);
  const written = (await own()) - first;
  // The commit, the alarm, the advance of the one slot that pushed.
  bar("rows written by a commit beside 1,000 slots, one pushes", shown(written), "rows", written <= 4, "4");
}

const all = { speed, freshness, idle };
try {
  for (const part of parts) await all[part]();
  if (missed > 0) console.log(`${missed} missed`);
} finally {
  await server.stop();
  rmSync(state, { recursive: true, force: true });
}
