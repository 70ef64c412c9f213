// Starts `wrangler dev` as a process group of its own and stops the whole of it: killing only the
// process that was started would leave workerd, or a wrapper's child, holding the port.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Wrangler wants Node 22.12; the private one is there where the system's is older. */
function nodeProgram() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  const own = join(root, ".tools/node_modules/node/bin/node");
  return major > 22 || (major === 22 && minor >= 12) || !existsSync(own) ? process.execPath : own;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];

const isFree = (port) =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });

/** `wanted` if nobody listens there, else the next free one above it. */
export async function freePort(wanted) {
  for (let port = wanted; port < wanted + 200; port++) if (await isFree(port)) return port;
  throw new Error(`no free port from ${wanted} on`);
}

/**
 * Starts the server and waits until it answers. `config` is a wrangler.toml, `persistTo` the folder
 * of its state. With `trace` false the server keeps no trace of storage calls, which it else writes to a
 * database of its own. A signal that ends this process ends the server, too; with `ownSignals` the caller
 * sees to that. Returns {url, pid, output(), kill(), stop()}.
 */
export async function startServer({
  config = "wrangler.toml",
  port = 8787,
  persistTo,
  vars = {},
  ownSignals = false,
  trace = true,
}) {
  const chosen = await freePort(port);
  const args = [
    join(root, "node_modules/wrangler/bin/wrangler.js"),
    "dev",
    ...["--config", config, "--ip", "127.0.0.1", "--port", String(chosen), "--inspector-port", "0"],
    ...["--persist-to", persistTo, "--show-interactive-dev-session=false"],
    ...Object.entries(vars).flatMap(([name, value]) => ["--var", `${name}:${value}`]),
  ];
  const child = spawn(nodeProgram(), args, {
    cwd: root,
    detached: true, // a session and process group of its own
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      ...(trace ? {} : { X_LOCAL_OBSERVABILITY: "false" }),
      ...{ WRANGLER_SEND_METRICS: "false", NO_COLOR: "1" },
    },
  });
  let output = "";
  let exited = false;
  const keep = (chunk) => {
    output = (output + chunk).slice(-20_000);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const exit = new Promise((resolve) =>
    child.once("exit", () => {
      exited = true;
      resolve();
    }),
  );
  const signal = (name) => {
    try {
      process.kill(-child.pid, name);
    } catch (error) {
      if (error.code !== "ESRCH") throw error;
    }
  };
  // Whatever ends this process must not leave the group behind.
  const atExit = () => signal("SIGKILL");
  const atSignal = () => process.exit(130);
  process.once("exit", atExit);
  if (!ownSignals) for (const name of SIGNALS) process.once(name, atSignal);
  void exit.then(() => {
    process.off("exit", atExit);
    for (const name of SIGNALS) process.off(name, atSignal);
  });
  const server = {
    url: `http://127.0.0.1:${chosen}`,
    port: chosen,
    pid: child.pid,
    output: () => output,
    exit,
    /** Kills the whole group at once. */
    async kill() {
      signal("SIGKILL");
      await exit;
    },
    /** Asks the group to end, then kills what is left of it. */
    async stop() {
      signal("SIGTERM");
      await Promise.race([exit, new Promise((resolve) => setTimeout(resolve, 3000))]);
      signal("SIGKILL");
      await exit;
    },
  };
  const deadline = Date.now() + 60_000;
  for (;;) {
    if (exited) throw new Error(`wrangler dev ended before it was up:\n${output}`);
    try {
      const response = await fetch(`${server.url}/`, { signal: AbortSignal.timeout(2000) });
      await response.arrayBuffer();
      return server;
    } catch {
      if (Date.now() > deadline) {
        await server.kill();
        throw new Error(`wrangler dev did not answer within a minute:\n${output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** A database behind a server: query(sql, params) and batch([{sql, params}]). */
export function database(url, name) {
  const post = async (body) => {
    const response = await fetch(`${url}/db/${encodeURIComponent(name)}/query`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const answer = await response.json();
    if (response.ok) return answer;
    const { code, message, line, column } = answer.error;
    const where = line === undefined ? "" : ` (line ${line}, column ${column})`;
    throw Object.assign(new Error(`${code}: ${message}${where}`), {
      code,
      status: response.status,
    });
  };
  return {
    query: (sql, ...params) => post({ sql, params }),
    batch: (batch) => post({ batch }),
  };
}
