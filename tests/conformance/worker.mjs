// One worker thread of a conformance run: takes jobs, answers with what it found. Word 0 of `place`
// is where in its job it stands, for the one who finds it stuck.
import { readFileSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { runCases } from "./case-file.mjs";
import { loadEngine } from "./engines.mjs";
import { runSltFile } from "./slt-file.mjs";
import { runTrace } from "./trace-file.mjs";

const place = new Int32Array(workerData.place);
const progress = (at) => {
  place[0] = at;
};
const engine = await loadEngine(workerData.engine, workerData.dist);
const sqlite = await loadEngine("node-sqlite");
const beside = workerData.reference && engine.name !== sqlite.name;

const runners = {
  slt(job) {
    const text = readFileSync(job.path, "latin1");
    const found = runSltFile(engine, text, progress);
    return { ...found, referenceMs: beside ? runSltFile(sqlite, text).ms : undefined };
  },
  cases(job) {
    const cases = jsonLines(job.path).slice(job.from, job.to);
    const found = runCases(engine, cases, progress);
    return { ...found, referenceMs: beside ? runCases(sqlite, cases).ms : undefined };
  },
  trace: (job) => runTrace(engine, sqlite, jsonLines(job.path), progress),
};

const jsonLines = (path) =>
  readFileSync(path, "utf8").split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));

parentPort.on("message", (job) => {
  place[0] = 0;
  const { tally, ...rest } = runners[job.type](job);
  parentPort.postMessage({ job, found: { ...tally.toJSON(), ...rest } });
});
