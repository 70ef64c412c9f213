// npm run bench: DoSQL beside the object's own SQLite, inside workerd, through the same calls.
//   --quick          a tenth of the operations, two rounds
//   --only A,B       some of: speed, aggregates, open, billed, storage, tpch; or names of cases
//   --scale 0.01,0.1 of TPC-H (from ../shared, where that is there); --node runs it in Node instead
//
// Each case runs in alternating rounds; the figure is the median of the rounds' ratios. Answers of
// the two sides are compared. Writes build/bench/results.json.
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startServer } from "../../scripts/dev-server.mjs";
import { tpchIsThere } from "./tpch-data.mjs";
import { runTpch } from "./tpch.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const { values: options } = parseArgs({
  options: { quick: { type: "boolean", default: false }, only: { type: "string" }, scale: { type: "string" } },
});
const only = options.only?.split(",");
const ROUNDS = options.quick ? 2 : 5;
const scale = options.quick ? 0.1 : 1;
const state = join(root, "build/bench", `state-${process.pid}`);
const results = { cases: {}, open: {}, billed: {}, storage: [] };
let failures = 0;

// The cases and what is asked of them; cases.ts has them in full.
const SPEED = {
  "select-pk": ["point SELECT by primary key", 100_000, 3, 5],
  "select-unique": ["point SELECT by unique index", 100_000, 3, 5],
  "select-range": ["range of 100 rows as objects", 20_000, 5, 5],
  "insert-transaction": ["INSERT, 1,000-row transactions", 200_000, 1.5, 2],
  "update-pk": ["UPDATE by key, coalesced", 100_000, 1.2, 1.2],
  "insert-coalesced": ["autocommit INSERT, coalesced", 200_000, 1, 1],
  "insert-durable": ["INSERT, each awaited durable", 20_000, 1, 1],
};
const AGGREGATES = [
  "aggregate-1",
  "aggregate-2",
  "aggregate-3",
  "aggregate-4",
  "aggregate-5",
  "aggregate-6",
];

const wants = (part, ...names) =>
  !only || only.includes(part) || names.some((name) => only.includes(name));
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor((list.length - 1) / 2)];

let server;
let folder = state; // what the server keeps
async function call(object, command, parameters = {}, body = undefined) {
  const query = new URLSearchParams({ object, ...parameters });
  const started = performance.now();
  const request = body === undefined ? {} : { method: "POST", body };
  const response = await fetch(`${server.url}/${command}?${query}`, request).catch((error) => {
    throw new Error(`${command} ${query}: ${error.cause ?? error}\n${server.output()}`);
  });
  const text = await response.text();
  const ms = performance.now() - started;
  if (!response.ok) throw new Error(`${command} ${query}: ${text}\n${server.output()}`);
  return { answer: JSON.parse(text), ms };
}
const start = () =>
  startServer({ config: "tests/bench/wrangler.toml", port: 18_787, persistTo: folder, trace: false }).then(
    (s) => (server = s),
  );

/** Equal, but for the last digits of sums that were added up in another order. */
function same(a, b) {
  if (typeof a === "number" && typeof b === "number")
    return Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));
  if (typeof a !== "object" || a === null || b === null) return a === b;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => same(a[key], b[key]));
}

async function timeCase(name, operations) {
  const sides = { dosql: [], sqlite: [] };
  let checkpoints = Infinity;
  const answers = {};
  for (let round = 0; round < ROUNDS; round++) {
    const order = round % 2 === 0 ? ["dosql", "sqlite"] : ["sqlite", "dosql"];
    for (const side of order) {
      const { answer } = await call(side, "case", { side, case: name, n: operations, round });
      sides[side].push((answer.ms * 1000) / answer.n);
      answers[side] = answer.answer;
      if (side === "dosql") checkpoints = Math.min(checkpoints, answer.bill.checkpoints);
    }
    if (!same(answers.dosql, answers.sqlite)) {
      failures++;
      console.log(
        `${name}: ANSWERS DIFFER\n  dosql  ${JSON.stringify(answers.dosql).slice(0, 300)}\n  sqlite ${JSON.stringify(answers.sqlite).slice(0, 300)}`,
      );
    }
  }
  const ratios = sides.dosql.map((us, i) => sides.sqlite[i] / us);
  return {
    operations,
    dosql_us: median(sides.dosql),
    sqlite_us: median(sides.sqlite),
    ratio: median(ratios),
    ratios,
    checkpoints,
  };
}

function verdict(ok) {
  if (!ok && !options.quick) failures++;
  return ok ? "ok" : "BELOW";
}

async function speed() {
  const names = Object.keys(SPEED).filter((name) => wants("speed", name));
  if (names.length === 0) return;
  console.log(
    `\nSpeed: us an operation, median of ${ROUNDS} alternating rounds; ratio = SQLite / DoSQL`,
  );
  console.log(
    "                                     operations    DoSQL   SQLite   ratio    bar  checkpoints",
  );
  for (const name of names) {
    const [title, operations, bar, aim] = SPEED[name];
    const r = await timeCase(name, Math.ceil((operations * scale) / 1000) * 1000);
    results.cases[name] = { title, bar, aim, ...r };
    const writes = name.startsWith("insert") || name.startsWith("update");
    const enough = !writes || r.checkpoints >= 3;
    console.log(
      `  ${title.padEnd(34)} ${String(r.operations).padStart(10)} ${r.dosql_us.toFixed(2).padStart(8)} ` +
        `${r.sqlite_us.toFixed(2).padStart(8)} ${r.ratio.toFixed(2).padStart(6)}x ${String(bar).padStart(5)}x ` +
        `${(writes ? String(r.checkpoints) : "").padStart(6)}  ${verdict(r.ratio >= bar && enough)}`,
    );
  }
}

async function aggregates() {
  const names = AGGREGATES.filter((name) => wants("aggregates", name));
  if (names.length === 0) return;
  console.log("\nAggregates over 200,000 rows: ms a query");
  console.log("     DoSQL   SQLite    ratio");
  let product = 1;
  for (const name of names) {
    const r = await timeCase(name, options.quick ? 3 : 10);
    const { sql } = (await call("dosql", "sql", { case: name })).answer;
    results.cases[name] = { title: sql, bar: 2, ...r };
    product *= r.ratio;
    console.log(
      `  ${(r.dosql_us / 1000).toFixed(2).padStart(8)} ${(r.sqlite_us / 1000).toFixed(2).padStart(8)} ${r.ratio.toFixed(2).padStart(7)}x  ${verdict(r.ratio >= 2)}  ${sql}`,
    );
  }
  if (names.length === AGGREGATES.length) {
    const mean = product ** (1 / names.length);
    results.aggregates_geometric_mean = mean;
    console.log(`  geometric mean ${mean.toFixed(2)}x, bar 5x  ${verdict(mean >= 5)}`);
  }
}

async function opening() {
  if (!wants("open")) return;
  console.log("\nOpening, timed by the caller over HTTP");
  await call("warm", "open", { side: "dosql" });
  const times = [];
  const plain = [];
  for (let i = 0; i < 20; i++) {
    times.push((await call(`new-${process.pid}-${i}`, "open", { side: "dosql" })).ms);
    plain.push((await call(`plain-${process.pid}-${i}`, "open", { side: "sqlite" })).ms);
  }
  const { memory } = (await call("empty", "memory")).answer;
  results.open = {
    new_ms: median(times),
    new_ms_max: Math.max(...times),
    sqlite_ms: median(plain),
    memory_bytes: memory,
  };
  console.log(
    `  new object: ${median(times).toFixed(1)} ms median, ${Math.max(...times).toFixed(1)} ms worst of 20 ` +
      `(the same object using SQLite: ${median(plain).toFixed(1)} ms); bar 25 ms  ${verdict(median(times) <= 25)}`,
  );
  console.log(
    `  memory of an empty database: ${(memory / 2 ** 20).toFixed(2)} MB; bar 8 MB  ${verdict(memory <= 8 << 20)}`,
  );

  await server.kill();
  folder = `${state}/open`;
  await start();
  results.open.redo = [
    await redo("redo-commits", "single-row commits", 100, (object, i) =>
      call(object, "random-commits", { side: "dosql", rows: 2000, n: 100, seed: 5 + i }),
    ),
    await redo("redo-transactions", "transactions of 200 rows", 1, (object, i) =>
      call(object, "grow", { side: "dosql", from: 2000 + 200 * i, to: 2200 + 200 * i }),
    ),
  ];
  await server.kill();
  folder = state;
  await start();
}

// What is asked first after a crash. Each tree is redone when it is first read; writes read the table's,
// those of unique indexes, and what finds their rows.
const FIRST = {
  "no row": "SELECT 1",
  "a row by its key": "SELECT body FROM big WHERE id = 1777",
  "rows by an index": "SELECT count(body) FROM big WHERE a < 40000000",
  "an update by key": "UPDATE big SET a = a + 1 WHERE id = 1777",
  "an insert of 200": "INSERT INTO big(a, b, c, body) SELECT value, value, value, 'new' FROM generate_series(1, 200)",
  "a delete by index": "DELETE FROM big WHERE a < 0",
  "all trees": "PRAGMA page_count",
};
const OPENINGS = 5;

/**
 * Times the first query after kill -9 with the longest log that this kind of write leaves: `step` is
 * repeated until just before it begins a checkpoint. Each step is `commits` commits. The runtime
 * compiles a function of the module when it is first called: with the module compiled, an object with
 * a short log was redone before; beside it the same where no object of the process was. Medians of
 * five, each in a server of its own.
 */
async function redo(object, title, commits, step) {
  const fill = async (name) => {
    await call(name, "grow", { side: "dosql", from: 0, to: 2000 });
    await call(name, "checkpoint");
  };
  await fill(object);
  const bill = async (i) => (await step(object, i)).answer.bill;
  let steps = 0;
  for (let b = await bill(0); b.extents === 0 && b.checkpoints === 0 && steps < 200;) {
    b = await bill(++steps);
  }
  await call(object, "checkpoint");
  // Each opening finds what the crash left, and not what those before it wrote.
  const crashed = `${state}/crashed`;
  const crash = async () => {
    await server.kill();
    rmSync(crashed, { recursive: true, force: true });
    cpSync(folder, crashed, { recursive: true });
  };
  const open = async (name, sql, before) => {
    await server.kill();
    rmSync(folder, { recursive: true });
    cpSync(crashed, folder, { recursive: true });
    await start();
    await call("warm", "open", { side: "dosql" });
    if (before) await call(before, "open", { side: "dosql", sql });
    return (await call(name, "open", { side: "dosql", sql })).ms;
  };
  const other = `${object}-other`;
  await fill(other);
  await step(other, 1);
  const opened = async (name, sql, before) => {
    const times = [];
    for (let i = 0; i < OPENINGS; i++) times.push(await open(name, sql, before));
    return median(times);
  };
  await crash();
  // What opening it takes anyway.
  const plain = await opened(object, FIRST["a row by its key"], other);
  let bytes = 0;
  for (let i = 0; i < steps; i++) bytes += (await bill(steps + 1 + i)).logBytes;
  await crash();
  const mb = bytes / 2 ** 20;
  console.log(
    `  after kill -9 with ${steps * commits} ${title} to redo (${mb.toFixed(2)} MB of log; with none ${plain.toFixed(1)} ms); bars 100 ms, 25 ms more a MB`,
  );
  const first = {};
  for (const [what, sql] of Object.entries(FIRST)) {
    const cold = await opened(object, sql, null);
    const ms = await opened(object, sql, other);
    const more = (ms - plain) / mb;
    first[what] = { ms, cold_ms: cold, more_ms_a_mb: more };
    console.log(
      `    first ${what.padEnd(17)} ${ms.toFixed(1).padStart(6)} ms, ${more.toFixed(1).padStart(5)} ms a MB  ` +
        `${verdict(ms <= 100 && more <= 25)}  (${cold.toFixed(1)} ms where the process had redone nothing)`,
    );
  }
  return { title, commits: steps * commits, log_bytes: bytes, plain_ms: plain, first };
}

async function billed() {
  if (!wants("billed")) return;
  console.log("\nBilled storage rows (the meter; what the platform's cursors reported beside it)");
  const transactions = options.quick ? 20 : 100;
  const a = (await call("bill-a", "bill-transactions", { side: "dosql", n: transactions })).answer;
  const native = (await call("bill-n", "bill-transactions-sqlite", { side: "sqlite", n: 3 }))
    .answer;
  const per = a.rowsWritten / transactions;
  const agree = (bill) =>
    bill.rowsWritten === bill.platformRowsWritten ? "they agree" : "THEY DIFFER";
  results.billed.transactions = {
    ...a,
    transactions,
    per_transaction: per,
    sqlite_per_transaction: native.rowsWritten / 3,
  };
  console.log(
    `  ${transactions} transactions of 1,000 rows, 2 random-key indexes, and a checkpoint: ${per.toFixed(2)} rows each ` +
      `(log ${a.log}, extents ${a.extents}, superblocks ${a.checkpoints}; platform ${a.platformRowsWritten}, ${agree(a)}); ` +
      `SQLite ${(native.rowsWritten / 3).toFixed(0)}; bar 12, aim 8  ${verdict(per <= 12 && a.rowsWritten === a.platformRowsWritten)}`,
  );

  const target = options.quick ? 10e6 : 100e6;
  let rows = 0;
  let size = 0;
  while (size < target) {
    const { answer } = await call("bill-b", "grow", { side: "dosql", from: rows, to: rows + 5000 });
    rows += 5000;
    size = answer.bytes;
  }
  await call("bill-b", "checkpoint");
  const commits = options.quick ? 5000 : 100_000;
  const total = { rowsWritten: 0, platformRowsWritten: 0, log: 0, extents: 0, checkpoints: 0 };
  for (let done = 0; done < commits; done += 5000) {
    const { bill } = (
      await call("bill-b", "random-commits", { side: "dosql", rows, n: 5000, seed: done + 3 })
    ).answer;
    for (const key of Object.keys(total)) total[key] += bill[key];
  }
  const each = total.rowsWritten / commits;
  results.billed.commits = { ...total, commits, rows, bytes: size, per_commit: each };
  console.log(
    `  ${commits} single-row random commits, 3 indexes, ${(size / 1e6).toFixed(0)} MB: ${each.toFixed(3)} rows each ` +
      `(log ${total.log}, extents ${total.extents}, superblocks ${total.checkpoints}; platform ${total.platformRowsWritten}, ${agree(total)}); ` +
      `bar 2.0  ${verdict(each <= 2 && total.rowsWritten === total.platformRowsWritten)}`,
  );
}

async function storage() {
  if (!wants("storage")) return;
  const { answer } = await call("variants", "storage-variants");
  results.storage = answer;
  console.log(
    "\nStorage rows: us an operation, a private table of blobs beside the key-value interface",
  );
  console.log("       bytes   table put   table get     kv put     kv get");
  for (const v of answer) {
    const cells = [v.tablePut, v.tableGet, v.kvPut, v.kvGet].map((us) =>
      us.toFixed(1).padStart(11),
    );
    console.log(`  ${String(v.bytes).padStart(10)} ${cells.join("")}`);
  }
}

async function tpch() {
  if (!wants("tpch")) return;
  if (!tpchIsThere()) {
    console.log("\nTPC-H: not run, because ../shared/bench/tpch is not beside the checkout");
    return;
  }
  results.tpch = [];
  for (const scale of (options.scale ?? (options.quick ? "0.01" : "0.01,0.1")).split(",").map(Number)) {
    console.log(`\nTPC-H at scale ${scale}`);
    const object = (side) => `tpch-${scale}-${side}`;
    const answered = async (...what) => {
      try {
        return (await call(...what)).answer;
      } catch (error) {
        const [words] = error.message.split("\n");
        throw new Error(words.replace(/^\S+ \S+: (\w*Error: )?/, ""), { cause: error });
      }
    };
    const run = await runTpch(
      {
        exec: (side, sql) => answered(object(side), "tpch-exec", { side }, sql),
        load: (side, table, types, text) => answered(object(side), "tpch-load", { side, table, types }, text),
        query: (side, sql) => answered(object(side), "tpch-query", { side }, sql),
        // What loading left in memory goes to storage, as it does behind the next commits.
        settle: () => answered(object("dosql"), "checkpoint", { side: "dosql" }),
      },
      scale,
    );
    results.tpch.push(run);
    if (!run.ok && !options.quick) failures++;
  }
}

mkdirSync(state, { recursive: true });
await start();
try {
  if (wants("speed", ...Object.keys(SPEED)) || wants("aggregates", ...AGGREGATES)) {
    console.log("filling both sides with the same 50,000 users and 200,000 events");
    for (const side of ["dosql", "sqlite"]) {
      const { ms } = await call(side, "fill", { side });
      console.log(`  ${side}: ${(ms / 1000).toFixed(1)} s`);
    }
  }
  await speed();
  await aggregates();
  await opening();
  await billed();
  await storage();
  await tpch();
} finally {
  await server.stop();
  rmSync(state, { recursive: true, force: true });
}
writeFileSync(join(root, "build/bench/results.json"), `${JSON.stringify(results, null, 2)}\n`);
console.log("\nresults: build/bench/results.json");
if (failures > 0) {
  console.log(`${failures} below the bar`);
  process.exit(1);
}
