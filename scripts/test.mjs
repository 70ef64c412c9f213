// Everything that npm test checks, part by part, each with a heading, its counts and, when it fails,
// the end of its output (all of it in build/test-logs). Closes with `N passed, N failed` alone on a
// line; exits 1 when anything failed.
//
// `npm test -- NAME...` runs only the named parts. A part whose files are not in the tree is named as
// absent and counts neither way.
import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
process.chdir(root);
const logs = "build/test-logs";
mkdirSync(logs, { recursive: true });

/** Runs a command; its output goes to a log and comes back with the exit status. */
function run(name, command, args, env = {}) {
  const { status, signal, stdout, stderr, error } = spawnSync(command, args, {
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0", ...env },
    maxBuffer: 1 << 28,
  });
  const output = `${stdout ?? ""}${stderr ?? ""}${error ? `\n${error.message}` : ""}`;
  writeFileSync(`${logs}/${name}.log`, output);
  const ok = status === 0;
  if (!ok) {
    const tail = output.trimEnd().split("\n").slice(-60).join("\n");
    console.log(`${tail}\n  ${command} ${args.join(" ")}: ${signal ?? `exit ${status ?? "?"}`}; log: ${logs}/${name}.log`);
  }
  return { ok, output };
}

/** A runner's own closing line "N passed, N failed"; without one the exit status is one test. */
function counted({ ok, output }) {
  const line = [...output.matchAll(/^(\d+) passed, (\d+) failed(?:, \d+ skipped)?$/gm)].at(-1);
  const counts = line ? { passed: Number(line[1]), failed: Number(line[2]) } : { passed: ok ? 1 : 0, failed: 0 };
  if (!ok && counts.failed === 0) counts.failed = 1;
  return counts;
}

/** Shows the last line of what a part said, where that has figures. */
function told(result) {
  const lines = result.output.trimEnd().split("\n").filter((line) => !/^\d+ passed/.test(line));
  if (result.ok) console.log(`  ${lines.at(-1)}`);
  return result;
}

/** One test that is a command: its exit status is the result. */
const command = (name, program, args) => {
  const { ok } = run(name, program, args);
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1 };
};

function native() {
  if (!run("native-build", "scripts/cmake-build", ["native-debug"]).ok) return { passed: 0, failed: 1 };
  const results = join(root, "build/native-debug/results");
  rmSync(results, { recursive: true, force: true });
  const { ok, output } = run("native", "ctest", ["--preset", "native-debug", "-j2"], {
    GTEST_OUTPUT: `xml:${results}/`,
  });
  const total = { passed: 0, failed: 0 };
  for (const file of globSync(`${results}/*.xml`).sort()) {
    const attribute = (name) => Number(new RegExp(`<testsuites [^>]*\\b${name}="(\\d+)"`).exec(readFileSync(file, "utf8"))?.[1] ?? 0);
    const failed = attribute("failures") + attribute("errors");
    const passed = attribute("tests") - failed - attribute("disabled");
    console.log(`  ${basename(file, ".xml")}: ${passed} passed, ${failed} failed`);
    total.passed += passed;
    total.failed += failed;
  }
  // A binary that dies writes no results: one failure.
  for (const [, room] of output.matchAll(/^\s+\d+ - (\w+) \(/gm)) {
    if (existsSync(`${results}/${room}_test.xml`)) continue;
    console.log(`  ${room}_test: died`);
    total.failed++;
  }
  if (!ok && total.failed === 0) total.failed = 1;
  return total;
}

function fuzz() {
  const total = { passed: 0, failed: 0 };
  for (const source of globSync("tests/fuzz/*_fuzz.cc").sort()) {
    const target = basename(source, "_fuzz.cc");
    const { ok, output } = run(`fuzz-${target}`, "scripts/fuzz", [target, "5"]);
    if (ok) console.log(`  ${output.trimEnd().split("\n").at(-1)}`);
    total[ok ? "passed" : "failed"]++;
  }
  return total;
}

function vitest() {
  const report = `${logs}/vitest.json`;
  rmSync(report, { force: true });
  const { ok } = run("vitest", process.execPath, [
    "node_modules/vitest/vitest.mjs", "run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`,
  ]);
  const counts = { passed: 0, failed: 0 };
  if (existsSync(report)) {
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, "utf8"));
    counts.passed = numPassedTests;
    counts.failed = numFailedTests;
  }
  if (!ok && counts.failed === 0) counts.failed = 1;
  return counts;
}

// name, what it is, the files without which it is absent, how it is run
const parts = [
  ["tidy", "layers, READMEs, dead files", ["tests/tidy/tidy.mjs"], () => counted(run("tidy", "node", ["tests/tidy/tidy.mjs", "--with-self-test"]))],
  ["abi", "generated files are up to date", ["wasm/abi/abi.def"], () => command("abi", "node", ["wasm/abi/generate.mjs", "--check"])],
  ["native", "the engine under ASan and UBSan", ["tests/base"], native],
  ["fuzz", "each fuzzer for 5 seconds", ["tests/fuzz/*_fuzz.cc"], fuzz],
  ["sim", "seeded crash simulation, 2,000 crash points", ["tests/sim/*.cc"], () => counted(told(run("sim", "scripts/sim", ["2000"])))],
  ["wasm", "the package builds", ["wasm/dosql.cc"], () => command("wasm", "scripts/build", [])],
  ["size", "size budget", ["wasm/dosql.cc"], () => command("size", "node", ["scripts/size.mjs"])],
  ["types", "TypeScript type check", ["durable-objects/*.ts"], () => command("types", "tsc", ["-p", "tsconfig.json"])],
  ["vitest", "bindings in Node, objects in workerd", ["vitest.config.ts", "wasm/dosql.cc"], vitest],
  ["package", "npm pack, installed in an empty Worker project", ["tests/doors/package.mjs", "dist/client.js"], () => counted(run("package", "node", ["tests/doors/package.mjs"]))],
  ["docs", "the examples of docs/http.md", ["tests/doors/docs.mjs", "wasm/dosql.cc"], () => counted(run("docs", "node", ["tests/doors/docs.mjs"]))],
  ["kill", "kill -9 of the server, 2 rounds", ["tests/kill/kill.mjs", "wasm/dosql.cc"], () => counted(told(run("kill", "scripts/kill", ["2"])))],
  ["kill-lake", "kill -9 of a stream to the lake, 2 rounds, then the sweep", ["tests/kill/kill-lake.mjs", "wasm/dolake.cc"], () => counted(told(run("kill-lake", "scripts/kill-lake", ["2"])))],
  ["differential", "random statements beside Node's SQLite, 30 seconds", ["tests/differential/run.mjs", "dist/node.js"], () => counted(told(run("differential", "node", ["tests/differential/run.mjs", "--seconds", "30", "--failures", "100"])))],
  ["conformance", "SQL cases from beside the checkout", ["tests/conformance/run.mjs", "../shared/cases/cases.jsonl", "dist/node.js"], () => counted(told(run("conformance", "node", ["tests/conformance/run.mjs", "--seconds", "20"])))],
];

const wanted = process.argv.slice(2);
for (const name of wanted) {
  if (!parts.some(([part]) => part === name)) {
    console.error(`no part ${name}; there are: ${parts.map(([part]) => part).join(", ")}`);
    process.exit(2);
  }
}
const total = { passed: 0, failed: 0 };
const absent = [];
for (const [name, what, needs, check] of parts) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const lacking = needs.filter((pattern) => globSync(pattern).length === 0);
  console.log(`\n=== ${name}: ${what}`);
  if (lacking.length > 0) {
    console.log(`  ABSENT, not tested: ${lacking.join(", ")} is not there`);
    absent.push(name);
    continue;
  }
  const start = Date.now();
  const { passed, failed } = check();
  console.log(`  ${name}: ${passed} passed, ${failed} failed (${((Date.now() - start) / 1000).toFixed(1)} s)`);
  total.passed += passed;
  total.failed += failed;
}
console.log("");
if (absent.length > 0) console.log(`not tested, because not there: ${absent.join(", ")}`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);
