// What change streams cost a commit, in instructions (callgrind, native): with a slot that nobody reads, and
// with 10,000 that have caught up, against none.
//
//   scripts/run node tests/bench/commits.mjs
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";

const COMMITS = 2000;
const run = (program, args) => {
  const { status, stderr } = spawnSync(program, args, { encoding: "utf8", maxBuffer: 1 << 26 });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${stderr}`);
  return stderr;
};
run("scripts/cmake-build", ["native-release", "dosql_commit_count"]);
const program = "build/native-release/dosql_commit_count";
const each = (slots) => {
  const tool = ["--tool=callgrind", "--instr-atstart=no", `--callgrind-out-file=${tmpdir()}/commits.%p.out`];
  const said = run("valgrind", [...tool, program, String(slots), String(COMMITS)]);
  return Number(/Collected : (\d+)/.exec(said)[1]) / COMMITS;
};
const none = each(0);
console.log(`a commit of one row, no slot       ${none.toFixed(0)} instructions`);
let missed = false;
for (const slots of [1, 10_000]) {
  const now = each(slots);
  const more = 100 * (now / none - 1);
  missed ||= more > 3;
  const words = `${slots} ${slots === 1 ? "slot, unread" : "idle slots"}`.padEnd(19);
  console.log(`  with ${words} ${now.toFixed(0).padStart(14)} instructions, ${more.toFixed(2)}% more (bar 3%)`);
}
if (missed) console.log("MISSED");
