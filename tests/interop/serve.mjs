// Starts `wrangler dev` on a state of its own, prints its address and ends it with standard input.
// Usage: node tests/interop/serve.mjs [--state=FOLDER] NAME=VALUE...   (variables of the Worker)
// With a folder the state stays, and the second line is the process group of the server, to be killed.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer } from "../../scripts/dev-server.mjs";

const args = process.argv.slice(2);
const kept = args[0]?.startsWith("--state=") ? args.shift().slice("--state=".length) : null;
const state = kept ?? mkdtempSync(join(tmpdir(), "catalog-"));
const vars = Object.fromEntries(args.map((arg) => arg.split("=", 2)));
const server = await startServer({ port: 8910, persistTo: state, vars });
console.log(server.url);
if (kept !== null) console.log(server.pid);
process.stdin.resume();
await new Promise((resolve) => process.stdin.once("end", resolve));
if (process.env.SHOW_SERVER) console.error(server.output());
await server.stop();
if (kept === null) rmSync(state, { recursive: true, force: true });
process.exit(0);
