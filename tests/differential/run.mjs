// npm run test:differential: random schemas, rows and statements on DoSQL and Node's SQLite.
//   --seed S          default: the clock's; printed
//   --statements N    ends after N statements; --seconds S after S seconds (default 30)
//   --failures N      shrinks N differences, then stops (default 10)
//   --jobs N          processes (default 1); --dist FOLDER another build
//   --refused         lists every refusal by name
//   --world S         only the world of this seed, with every statement printed
//
// Scripts of regressions/ run first. A difference is shrunk, printed, and kept in build/differential.
// Exit 1 at any. Closes with `N passed, N failed`.
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { loadEngine } from "../conformance/engines.mjs";
import { replay, shrink } from "./shrink.mjs";
import { render } from "./tree.mjs";
import { World } from "./world.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");
const { values: options } = parseArgs({
  options: {
    seed: { type: "string" },
    statements: { type: "string" },
    seconds: { type: "string" },
    failures: { type: "string", default: "10" },
    // One difference in so many statements is reported but does not fail the run; 0: every one does.
    jobs: { type: "string", default: "1" },
    dist: { type: "string", default: join(root, "dist") },
    refused: { type: "boolean", default: false },
    world: { type: "string" },
  },
});
const seed = BigInt(options.seed ?? Date.now());
const jobs = Number(options.jobs);
const statementsMax = options.statements ? Number(options.statements) : Infinity;
const secondsMax = options.seconds ? Number(options.seconds) : options.statements ? Infinity : 30;

if (jobs > 1) {
  const share = (n) => String(Math.ceil(n / jobs));
  const ends = Array.from({ length: jobs }, (_, i) => {
    const args = [fileURLToPath(import.meta.url), "--seed", String(seed + BigInt(i) * 1_000_000_007n), "--failures", options.failures, "--dist", options.dist];
    if (options.statements) args.push("--statements", share(statementsMax));
    if (options.seconds) args.push("--seconds", options.seconds);
    if (options.refused) args.push("--refused");
    return new Promise((done) => spawn(process.execPath, args, { stdio: "inherit" }).once("exit", done));
  });
  process.exit((await Promise.all(ends)).some((code) => code !== 0) ? 1 : 0);
}

const engines = { dosql: await loadEngine("dosql", options.dist), sqlite: await loadEngine("node-sqlite") };
const out = join(root, "build/differential");
let failed = 0;
let passed = 0;

/** A script's statements; a first line `-- ordered` holds each to its order. */
function scriptOf(path) {
  const text = readFileSync(path, "utf8");
  const ordered = text.startsWith("-- ordered");
  return text.replace(/^--.*\n/gm, "").split(/;\s*\n/).map((part) => part.trim()).filter(Boolean).map((part) => ({ text: part, kind: /^\s*(SELECT|WITH|VALUES|PRAGMA)/i.test(part) ? "select" : "write", ordered, loose: false, strictErrors: true }));
}

for (const name of readdirSync(join(here, "regressions")).filter((file) => file.endsWith(".sql")).sort()) {
  const found = replay(engines, scriptOf(join(here, "regressions", name)));
  if (found === null) passed++;
  else {
    failed++;
    console.log(`regressions/${name}: statement ${found.at + 1}: ${found.verdict.what}: ${found.verdict.why}`);
  }
}

const counts = { statements: 0, same: 0, refused: 0, budget: 0, explained: 0, failed: 0, different: 0 };
const reasons = {};
const words = new Map();
function note(statement, verdict) {
  counts.statements++;
  counts[verdict.kind]++;
  if (verdict.failed) counts.failed++;
  if (verdict.reason) reasons[`${verdict.kind}: ${verdict.reason}`] = (reasons[`${verdict.kind}: ${verdict.reason}`] ?? 0) + 1;
  if (verdict.words && words.size < 1000) {
    const key = verdict.words.map((one) => one.replace(/\b[a-z]\d*(\.[a-z]\d*)?\b|"[^"]*"/g, "_")).join("  |  ");
    words.set(key, (words.get(key) ?? 0) + 1);
  }
}

/** What a shrunk script is about, to tell the next one of its kind. */
const signatureOf = (log, what) => `${what} ${render(log.at(-1).tree).replace(/'[^']*'|x'[^']*'|-?\d+(\.\d+)?(e\d+)?/gi, "0").replace(/\b[a-z]\d?\b/g, "_")}`;

function report(world, found) {
  const small = shrink(engines, found.log, found.verdict);
  const signature = signatureOf(small.log, small.verdict.what);
  if (signatures.has(signature)) {
    signatures.set(signature, signatures.get(signature) + 1);
    return;
  }
  signatures.set(signature, 1);
  const text = small.log.map(({ tree }) => `${render(tree)};`).join("\n");
  const ordered = small.log.at(-1).ordered ? "-- ordered\n" : "";
  mkdirSync(out, { recursive: true });
  const file = `world-${world}.sql`;
  writeFileSync(join(out, file), `${ordered}-- ${small.verdict.what}: ${small.verdict.why.replaceAll("\n", "\n-- ")}\n${text}\n`);
  console.log(`\nDIFFERENT (${small.verdict.what}), world ${world}${small.reproduced ? "" : ", not reproduced alone"}; build/differential/${file}`);
  console.log(text.replace(/^/gm, "    "));
  console.log(`  ${small.verdict.why}`);
}

const signatures = new Map();
console.log(`seed ${seed}`);
const started = Date.now();
let world = options.world ? BigInt(options.world) : seed;
const verbose = options.world !== undefined;
for (;;) {
  const tell = verbose ? (statement, verdict) => (console.log(`${render(statement.tree)};  -- ${verdict.kind} ${verdict.reason ?? verdict.what ?? ""}`), note(statement, verdict)) : note;
  const found = new World(world, engines, tell).run();
  if (found) report(world, found);
  if (verbose || signatures.size >= Number(options.failures)) break;
  if (counts.statements >= statementsMax || Date.now() - started > secondsMax * 1000) break;
  world++;
}
const seconds = (Date.now() - started) / 1000;
if (counts.different > 0) failed += signatures.size;
passed += counts.same + counts.explained;
const inOrder = Object.entries(reasons).sort(([, a], [, b]) => b - a);
for (const [reason, n] of options.refused ? inOrder : inOrder.slice(0, 12)) console.log(`  ${String(n).padStart(7)}  ${reason}`);
if (options.refused) for (const [pair, n] of [...words].sort(([, a], [, b]) => b - a).slice(0, 30)) console.log(`  ${String(n).padStart(7)}  words: ${pair}`);
for (const [signature, n] of signatures) if (n > 1) console.log(`  ${n} times: ${signature.slice(0, 200)}`);
console.log(`${counts.statements} statements in ${seconds.toFixed(1)} s (${Math.round(counts.statements / seconds)} a second), seed ${seed}: ${counts.same} the same (${counts.failed} failed on both sides), ${counts.refused} refused, ${counts.explained} explained, ${counts.budget} over budget, ${counts.different} different`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
