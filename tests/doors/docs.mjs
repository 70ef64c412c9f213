// Runs the console examples of docs/http.md against the Worker in the real runtime, in their order,
// and compares what they print. Closes with `N passed, N failed`.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startServer } from "../../scripts/dev-server.mjs";

const page = "docs/http.md";
const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const TOKEN = "a-token-of-the-test";
const READ_TOKEN = "a-reading-token-of-the-test";

/** {line, command, expected} of every `$ ` in the page's console blocks. */
export function examples(text) {
  const found = [];
  let inside = false;
  let continues = false;
  text.split("\n").forEach((line, i) => {
    const last = found.at(-1);
    if (line.startsWith("```")) inside = line === "```console";
    else if (!inside) return;
    else if (line.startsWith("$ ")) found.push({ line: i + 1, command: line.slice(2), expected: [] });
    else if (continues) last.command += `\n${line}`;
    else last.expected.push(line);
    continues = inside && line.endsWith("\\");
  });
  return found;
}

/** A text in which `...` stands for anything. */
export function pattern(lines) {
  const escaped = lines.join("\n").replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("\\.\\.\\.", "[^]*?")}$`);
}

function shell(command, env) {
  return new Promise((resolve) => {
    const child = spawn("bash", ["-c", command], { env: { ...process.env, ...env } });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
    child.on("close", () => resolve(output.trimEnd()));
  });
}

if (spawnSync("curl", ["--version"]).status !== 0) {
  console.log("curl is not on this system: the examples were NOT run\n0 passed, 0 failed");
  process.exit(0);
}
const state = mkdtempSync(join(tmpdir(), "dosql-docs-"));
const server = await startServer({
  port: 8901,
  persistTo: state,
  vars: { DOSQL_TOKEN: TOKEN, DOSQL_READ_TOKEN: READ_TOKEN },
});
let passed = 0;
let failed = 0;
try {
  for (const { line, command, expected } of examples(readFileSync(join(root, page), "utf8"))) {
    const output = await shell(command, { URL: server.url, TOKEN, READ_TOKEN });
    if (pattern(expected).test(output)) passed++;
    else {
      failed++;
      console.log(`${page}:${line}: expected\n${expected.join("\n")}\nbut it printed\n${output}\n`);
    }
  }
} finally {
  await server.stop();
  rmSync(state, { recursive: true, force: true });
}
if (passed + failed === 0) failed = 1; // A page without examples is not tested.
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
