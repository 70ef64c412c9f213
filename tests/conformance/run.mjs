// npm run conformance -- [PATH...]: runs sqllogictest files (.test), typed cases (.jsonl) and traces
// (.sql.jsonl), files or folders of them; without PATH those of ../shared, where it is there.
//   --engine dosql|node-sqlite   default dosql, from --dist (default dist)
//   --jobs N --timeout S         worker threads; seconds a file may take
//   --seconds S                  starts no further file after S seconds, and says what it left out
//   --show K --json FILE         findings to print of each file; everything as JSON
//   --no-reference               does not time Node's SQLite on the same files
//
// Exit 1: a wrong answer, an error that is no refusal, a crash; of typed cases less than 90% of those
// that name nothing deferred. Closes with `N passed, N failed`.
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { refusalDeferred } from "./deferred.mjs";
import { OUTCOMES } from "./tally.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const CASES_A_JOB = 500;
const CASES_BAR = 0.9;
const TIME_BAR = 5;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    engine: { type: "string", default: "dosql" },
    dist: { type: "string", default: join(root, "dist") },
    jobs: { type: "string", default: "2" },
    timeout: { type: "string", default: "300" },
    seconds: { type: "string" },
    show: { type: "string", default: "5" },
    json: { type: "string" },
    "no-reference": { type: "boolean", default: false },
  },
});

const shared = join(root, "../shared");
const paths = positionals.length > 0 ? positionals.map((path) => resolve(process.env.INIT_CWD ?? ".", path)) : ["cases/cases.jsonl", "sql-traces", "slt/open"].map((part) => join(shared, part)).filter(existsSync);
if (paths.length === 0) {
  console.log("no PATH given, and no ../shared beside the checkout: nothing to run");
  console.log("0 passed, 0 failed");
  process.exit(0);
}

function* filesIn(path) {
  if (!statSync(path).isDirectory()) return yield path;
  for (const name of readdirSync(path).sort()) yield* filesIn(join(path, name));
}

function jobsOf(path) {
  if (path.endsWith(".sql.jsonl")) return [{ type: "trace", path, weight: statSync(path).size * 4 }];
  if (path.endsWith(".jsonl")) {
    const lines = readFileSync(path, "utf8").split("\n").filter((line) => line !== "").length;
    return Array.from({ length: Math.ceil(lines / CASES_A_JOB) }, (_, i) => {
      const [from, to] = [i * CASES_A_JOB, Math.min(lines, (i + 1) * CASES_A_JOB)];
      return { type: "cases", path, from, to, weight: 500_000 };
    });
  }
  return path.endsWith(".test") ? [{ type: "slt", path, weight: statSync(path).size }] : [];
}

const jobs = [...new Set(paths.flatMap((path) => [...filesIn(path)]))].flatMap(jobsOf);
const rank = { cases: 0, trace: 1, slt: 2 };
// The large first, so that the workers end together; within a time, everything small first.
jobs.sort((a, b) => rank[a.type] - rank[b.type] || (options.seconds ? a.weight - b.weight : b.weight - a.weight));

const started = Date.now();
const past = () => options.seconds && Date.now() - started > Number(options.seconds) * 1000;
const results = [];
const left = [];

/** Runs jobs until there are none; a worker that breaks or hangs is replaced. */
async function work() {
  let worker = null;
  let place;
  let finish;
  const start = () => {
    place = new SharedArrayBuffer(4);
    worker = new Worker(new URL("worker.mjs", import.meta.url), {
      workerData: { engine: options.engine, dist: options.dist, place, reference: !options["no-reference"] },
    });
    worker.on("message", (found) => finish(found));
    worker.on("error", (error) => finish({ died: error.stack ?? String(error) }));
    worker.on("exit", (code) => finish({ died: `the worker ended with ${code}` }));
  };
  for (let job = jobs.shift(); job; job = jobs.shift()) {
    if (past()) {
      left.push(job);
      continue;
    }
    if (worker === null) start();
    const outcome = await new Promise((done) => {
      const timer = setTimeout(() => done({ died: `no end within ${options.timeout} s` }), Number(options.timeout) * 1000);
      finish = (value) => {
        clearTimeout(timer);
        done(value);
      };
      worker.postMessage(job);
    });
    if (outcome.died) {
      const at = new Int32Array(place)[0];
      await worker.terminate();
      worker = null;
      const counts = { ...Object.fromEntries(OUTCOMES.map((name) => [name, 0])), crashed: 1 };
      results.push({ job, found: { counts, reasons: {}, codes: {}, ms: 0, findings: [{ outcome: "crashed", line: at, why: outcome.died }] } });
    } else results.push(outcome);
    report(results.at(-1));
  }
  await worker?.terminate();
}

const nameOf = (job) => relative(root, job.path).replace(/^(\.\.\/)+/, "") + (job.from === undefined ? "" : ` ${job.from + 1}-${job.to}`);
const counted = (counts) => OUTCOMES.filter((name) => counts[name] > 0).map((name) => `${counts[name]} ${name}`).join(", ");

function report({ job, found }) {
  const times = found.referenceMs === undefined ? `${(found.ms / 1000).toFixed(2)} s` : `${(found.ms / 1000).toFixed(2)} s, SQLite ${(found.referenceMs / 1000).toFixed(2)} s`;
  console.log(`${nameOf(job)}: ${counted(found.counts)} (${times})`);
  const shown = found.findings.filter(({ outcome }) => outcome !== "refused").slice(0, Number(options.show));
  for (const { outcome, line, sql, why } of shown) {
    console.log(`    ${outcome} at ${line}: ${why?.slice(0, 600)}`);
    if (sql) console.log(`      ${sql.slice(0, 600).replaceAll("\n", "\n      ")}`);
  }
}

function merge(kind) {
  const total = { files: 0, ms: 0, referenceMs: 0, reasons: {}, codes: {}, counts: Object.fromEntries(OUTCOMES.map((name) => [name, 0])) };
  const add = (into, from) => {
    for (const [key, n] of Object.entries(from)) into[key] = (into[key] ?? 0) + n;
  };
  for (const { job, found } of results) {
    if (job.type !== kind) continue;
    total.files++;
    total.ms += found.ms;
    total.referenceMs += found.referenceMs ?? 0;
    add(total.counts, found.counts);
    add(total.reasons, found.reasons);
    add(total.codes, found.codes);
  }
  return total;
}

const inOrder = (counts) => Object.entries(counts).sort(([, a], [, b]) => b - a);

function summary(kind, title) {
  const total = merge(kind);
  if (total.files === 0) return { passed: 0, failed: 0 };
  console.log(`\n${title}: ${counted(total.counts)}`);
  if (total.referenceMs > 0) {
    const ratio = total.ms / total.referenceMs;
    console.log(`  ${(total.ms / 1000).toFixed(1)} s in the engine, Node's SQLite ${(total.referenceMs / 1000).toFixed(1)} s: ${ratio.toFixed(2)}x${kind === "slt" ? `, bar at most ${TIME_BAR}x${ratio > TIME_BAR ? "  ABOVE" : ""}` : ""}`);
  }
  const misses = Object.values(total.reasons).reduce((a, b) => a + b, 0);
  const later = Object.entries(total.reasons).reduce((sum, [reason, n]) => sum + (refusalDeferred(reason) ? n : 0), 0);
  if (misses > 0) console.log(`  refused: ${misses}, of these ${later} name a deferred feature`);
  for (const [reason, n] of inOrder(total.reasons).slice(0, 40)) console.log(`    ${String(n).padStart(7)}  ${reason}${refusalDeferred(reason) ? "  (deferred)" : ""}`);
  for (const [code, n] of inOrder(total.codes)) console.log(`    ${String(n).padStart(7)}  error ${code}`);
  const { counts } = total;
  return { passed: counts.passed, failed: counts.wrong + counts.errors + counts.crashed, counts };
}

function casesSummary() {
  const { counts } = summary("cases", "typed cases");
  if (!counts) return { passed: 0, failed: 0 };
  const found = results.filter(({ job, found }) => job.type === "cases" && found.features).map(({ found }) => found);
  const sum = (pick) => found.reduce((total, one) => total + pick(one), 0);
  const features = {};
  for (const one of found)
    for (const [tag, [passed, all]] of Object.entries(one.features)) {
      const into = (features[tag] ??= [0, 0]);
      into[0] += passed;
      into[1] += all;
    }
  const asked = OUTCOMES.reduce((total, name) => total + (name === "deferred" ? 0 : counts[name]), 0);
  const share = asked === 0 ? 1 : counts.passed / asked;
  console.log(`  of ${asked} that name nothing deferred ${counts.passed} pass: ${(100 * share).toFixed(1)}%, bar ${100 * CASES_BAR}%`);
  console.log(`  of ${counts.deferred} that do ${sum((one) => one.deferredPassed)} pass; ${sum((one) => one.refusedAsDeferred)} of the refusals name a deferred feature all the same`);
  console.log(`  errors that should be: ${sum((one) => one.messages.failedAsTheyShould)}, in SQLite's very words ${sum((one) => one.messages.identical)}`);
  console.log(`  by tag: ${Object.entries(features).sort(([, a], [, b]) => b[1] - b[0] - (a[1] - a[0])).map(([tag, [passed, all]]) => `${tag} ${passed}/${all}`).join(", ")}`);
  const failed = counts.crashed + (share < CASES_BAR ? Math.ceil(asked * CASES_BAR) - counts.passed : 0);
  return { passed: counts.passed, failed };
}

function traceSummary() {
  const verdict = summary("trace", "traces");
  for (const { job, found } of results) {
    if (job.type !== "trace" || !found.notes) continue;
    console.log(`  ${nameOf(job)}: ${found.notes.otherOrder} in another order, ${found.notes.otherMessage} errors in other words; deferred: ${inOrder(found.deferredBy).map(([what, n]) => `${what} ${n}`).join(", ")}`);
  }
  return verdict;
}

await Promise.all(Array.from({ length: Number(options.jobs) }, work));
const verdicts = [casesSummary(), traceSummary(), summary("slt", "sqllogictest")];
if (left.length > 0) console.log(`\n${left.length} files left out, because ${options.seconds} s were over`);
if (options.json) writeFileSync(resolve(process.env.INIT_CWD ?? ".", options.json), JSON.stringify(results, null, 1));
const passed = verdicts.reduce((sum, one) => sum + one.passed, 0);
const failed = verdicts.reduce((sum, one) => sum + one.failed, 0);
console.log(`\n${((Date.now() - started) / 1000).toFixed(1)} s`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
