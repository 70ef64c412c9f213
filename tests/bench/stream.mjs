// How fast rows stream to the lake: a table's copy, inserts and updates while they stream, up to the
// committed snapshot that has them. Everything runs in one workerd, on one thread.
//
//   scripts/run node tests/bench/stream.mjs [ROWS]
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { database, startServer } from "../../scripts/dev-server.mjs";

const rows = Number(process.argv[2] ?? 300_000);
const state = mkdtempSync(join(tmpdir(), "stream-bench-"));
const server = await startServer({ port: 8970, persistTo: state, vars: { DOSQL_LOCAL: "1" } });
const db = database(server.url, "big");
const ask = async (path, init) => (await fetch(server.url + path, init)).json();
const pause = () => new Promise((resolve) => setTimeout(resolve, 20));

async function insert(from, count, atOnce) {
  for (let at = from; at < from + count; at += atOnce) {
    const values = "value, value % 1000, 'item ' || (value % 500), value / 4.0, 'some longer note of row ' || value";
    await db.query(`INSERT INTO t SELECT ${values} FROM generate_series(${at + 1}, ${at + atOnce})`);
  }
}

/** Until the lake's table has so many rows and the database nothing that it lacks. */
async function committed(wanted) {
  for (;;) {
    const [table] = (await ask("/db/big/stream")).tables;
    if (table.state === "failed") throw new Error(table.why);
    const { metadata } = await ask("/catalog/v1/main/namespaces/shop/tables/t");
    const current = metadata?.snapshots.find((s) => s["snapshot-id"] === metadata["current-snapshot-id"]);
    const count = (key) => Number(current?.summary[key] ?? 0);
    if (!table.behind && count("total-records") - count("total-position-deletes") === wanted) return;
    await pause();
  }
}

async function timed(what, events, work) {
  const started = performance.now();
  await work();
  const seconds = (performance.now() - started) / 1000;
  const rate = Math.round(events / seconds).toLocaleString("en-US");
  console.log(`${what.padEnd(28)} ${seconds.toFixed(2).padStart(7)} s ${rate.padStart(9)} a second`);
}

try {
  await db.query("CREATE TABLE t (id INTEGER PRIMARY KEY, customer INT, item TEXT, price REAL, note TEXT)");
  await insert(0, rows, 50_000);
  await timed(`copy of ${rows} rows`, rows, async () => {
    await ask("/db/big/stream", { method: "POST", body: JSON.stringify({ namespace: "shop" }) });
    await committed(rows);
  });
  await timed(`${rows} inserts`, rows, async () => {
    await insert(rows, rows, 5000);
    await committed(2 * rows);
  });
  await timed(`${rows / 3} updates`, rows / 3, async () => {
    await db.query("UPDATE t SET price = price + 1 WHERE id % 6 = 0");
    await committed(2 * rows);
  });
} finally {
  await server.stop();
  rmSync(state, { recursive: true, force: true });
}
