// TPC-H's 22 queries on both sides: answers checked, milliseconds of each, their ratio.
//
//   node tests/bench/tpch.mjs --node [--scale 0.01,0.1] [--only q01,q09] [--cache MB] [--dist FOLDER]
//
// is the quick run in Node (dosql/node beside node:sqlite); in workerd bench.mjs calls runTpch.
import { pathToFileURL } from "node:url";
import { join, resolve, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { answer, differs, generate, indexes, pieces, queries, schema, tpchIsThere } from "./tpch-data.mjs";

const SIDES = ["dosql", "sqlite"];
const WORST_BAR = 0.3;
const MEAN_BAR = 1;

/**
 * A driver has exec(side, sql), load(side, table, types, text), query(side, sql) -> { rows, ms }, all
 * awaited; a failure throws an Error with the engine's words. Returns the figures.
 */
export async function runTpch(driver, scale, { only, repeats = 3, say = console.log } = {}) {
  generate(scale);
  const loading = {};
  for (const side of SIDES) {
    const times = { rows: 0, indexes: 0 };
    let start = performance.now();
    for (const { sql, table, types } of schema()) {
      await driver.exec(side, sql);
      for (const piece of pieces(scale, table)) await driver.load(side, table, types, piece);
    }
    times.rows = performance.now() - start;
    start = performance.now();
    const refused = [];
    for (const sql of [...indexes(), "ANALYZE"]) {
      await driver.exec(side, sql).catch((error) => refused.push(`${sql}: ${error.message}`));
    }
    if (side === "dosql") await driver.settle?.();
    times.indexes = performance.now() - start;
    loading[side] = times;
    for (const words of refused) say(`  ${side}: ${words}`);
  }
  say(`  loading: ${SIDES.map((side) => `${side} ${(loading[side].rows / 1000).toFixed(1)} s and ${(loading[side].indexes / 1000).toFixed(1)} s for indexes`).join(", ")}`);
  say("           DoSQL   SQLite    ratio   (ms)");
  const found = [];
  for (const { name, sql } of queries(scale)) {
    if (only && !only.includes(name)) continue;
    const wanted = answer(scale, name);
    const best = {};
    let failure = null;
    for (let round = 0; round < repeats && !failure; round++) {
      for (const side of round % 2 === 0 ? SIDES : [...SIDES].reverse()) {
        try {
          const { rows, ms } = await driver.query(side, sql);
          (best[side] ??= []).push(ms);
          const why = differs(rows, wanted);
          if (why) failure = { kind: "wrong", why: `${side}: ${why}` };
        } catch (error) {
          failure = { kind: /not supported|no such function/.test(error.message) ? "refused" : "failed", why: `${side}: ${error.message.split("\n")[0]}` };
        }
        if (failure) break;
      }
      if (best.dosql?.[0] + best.sqlite?.[0] > 4000) break;
    }
    if (failure) {
      found.push({ name, ...failure });
      say(`  ${name}  ${failure.kind}: ${failure.why.slice(0, 200)}`);
      continue;
    }
    const [ours, theirs] = SIDES.map((side) => median(best[side]));
    const ratio = Math.max(theirs, 0.01) / Math.max(ours, 0.01);
    found.push({ name, kind: "right", dosql_ms: ours, sqlite_ms: theirs, ratio });
    say(`  ${name}  ${ours.toFixed(2).padStart(9)} ${theirs.toFixed(2).padStart(8)} ${ratio.toFixed(2).padStart(7)}x${ratio < WORST_BAR ? "  ABSURD" : ""}`);
  }
  return { scale, loading, queries: found, ...judge(found, say) };
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor((list.length - 1) / 2)];

function judge(found, say) {
  const right = found.filter(({ kind }) => kind === "right");
  const others = (kind) => found.filter((one) => one.kind === kind).map(({ name }) => name);
  const mean = right.length > 0 ? Math.exp(right.reduce((sum, { ratio }) => sum + Math.log(ratio), 0) / right.length) : 0;
  const worst = right.reduce((a, b) => (a && a.ratio <= b.ratio ? a : b), undefined);
  say(`  ${right.length} of ${found.length} right; geometric mean ${mean.toFixed(2)}x (bar ${MEAN_BAR}x, aim 2x)${worst ? `, worst ${worst.name} ${worst.ratio.toFixed(2)}x (bar ${WORST_BAR}x)` : ""}`);
  for (const kind of ["refused", "wrong", "failed"]) if (others(kind).length > 0) say(`  ${kind}: ${others(kind).join(", ")}`);
  return { mean, worst, ok: right.length === found.length && mean >= MEAN_BAR && worst.ratio >= WORST_BAR };
}

async function nodeDriver(dist, cacheMb) {
  const { Database } = await import(pathToFileURL(resolve(dist, "node.js")).href);
  const { DatabaseSync } = await import("node:sqlite");
  const open = { dosql: new Database(":memory:", { cacheBytes: cacheMb << 20 }), sqlite: new DatabaseSync(":memory:") };
  return {
    exec: async (side, sql) => void open[side].exec(sql),
    async load(side, table, types, text) {
      const insert = open[side].prepare(`INSERT INTO ${table} VALUES (${[...types].map(() => "?").join(", ")})`);
      open[side].exec("BEGIN");
      for (const line of text.split("\n")) {
        if (line === "") continue;
        insert.run(...line.split("|").map((value, i) => (types[i] === "T" ? value : Number(value))));
      }
      open[side].exec("COMMIT");
    },
    async query(side, sql) {
      const start = performance.now();
      const rows = open[side].prepare(sql).all();
      return { ms: performance.now() - start, rows: rows.map((row) => Object.values(row)) };
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values: options } = parseArgs({
    options: { node: { type: "boolean" }, scale: { type: "string", default: "0.01" }, only: { type: "string" }, cache: { type: "string", default: "16" }, dist: { type: "string", default: join(dirname(fileURLToPath(import.meta.url)), "../../dist") } },
  });
  if (!tpchIsThere()) {
    console.log("no ../shared/bench/tpch beside the checkout: nothing to run");
    process.exit(0);
  }
  let ok = true;
  for (const scale of options.scale.split(",").map(Number)) {
    console.log(`TPC-H at scale ${scale} in Node`);
    ok = (await runTpch(await nodeDriver(options.dist, Number(options.cache)), scale, { only: options.only === "tpch" ? undefined : options.only?.split(",") })).ok && ok;
  }
  process.exit(ok ? 0 : 1);
}
