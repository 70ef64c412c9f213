// Starts `wrangler dev` on a state of its own, prints its address and ends it with standard input.
// Usage: node tests/interop/serve.mjs NAME=VALUE...   (variables of the Worker)
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer } from "../../scripts/dev-server.mjs";

const state = mkdtempSync(join(tmpdir(), "catalog-"));
const vars = Object.fromEntries(process.argv.slice(2).map((arg) => arg.split("=", 2)));
const server = await startServer({ port: 8910, persistTo: state, vars });
console.log(server.url);
process.stdin.resume();
await new Promise((resolve) => process.stdin.once("end", resolve));
if (process.env.SHOW_SERVER) console.error(server.output());
await server.stop();
rmSync(state, { recursive: true, force: true });
process.exit(0);
