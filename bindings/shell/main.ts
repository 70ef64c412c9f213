// The `dosql` program; and, in a thread of it, the database (engine-thread.ts).
import { isMainThread } from "node:worker_threads";
import { parseArguments, USAGE, type ShellArguments } from "./arguments.ts";
import { StatementError, type Connection } from "./connection.ts";
import { serveEngine } from "./engine-thread.ts";
import { errorText } from "./error-text.ts";
import { LocalConnection } from "./local-connection.ts";
import { RemoteConnection } from "./remote-connection.ts";
import { Shell } from "./shell.ts";
import { converse } from "./terminal.ts";

// Filled in by scripts/bundle.mjs.
declare const DOSQL_VERSION: string;

async function main(): Promise<number> {
  let given: ShellArguments;
  try {
    given = parseArguments(process.argv.slice(2), process.env);
  } catch (error) {
    process.stderr.write(`dosql: ${(error as Error).message}\n${USAGE}`);
    return 2;
  }
  if (given.action !== "run") {
    process.stdout.write(given.action === "help" ? USAGE : `dosql ${DOSQL_VERSION}\n`);
    return 0;
  }
  const open = async (target: string): Promise<Connection> =>
    /^https?:\/\//.test(target)
      ? new RemoteConnection(target, given.token)
      : LocalConnection.open(new URL(import.meta.url), target, given.readonly);
  let connection: Connection;
  try {
    connection = await open(given.target);
  } catch (error) {
    const text = errorText(error, "", null).replace(/^Error/, `dosql: cannot open ${given.target}`);
    process.stderr.write(text);
    return 1;
  }
  const interactive = given.texts.length === 0 && (given.interactive ?? process.stdin.isTTY);
  const shell = new Shell(connection, open, interactive);
  configure(shell, given);
  try {
    await run(shell, given);
  } catch (error) {
    shell.fail(error, "", null);
  }
  await shell.connection.close().catch((error: unknown) => {
    if (!(error instanceof StatementError)) throw error;
    shell.fail(error, "", null);
  });
  return shell.exitCode ?? (shell.failed && !interactive ? 1 : 0);
}

function configure(shell: Shell, given: ShellArguments): void {
  const { format } = shell;
  if (given.mode !== null) format.mode = given.mode;
  // As in sqlite3, asking for CSV by option asks for rows alone.
  format.headers = given.headers;
  format.nullText = given.nullText;
  format.separator = given.separator ?? format.separator;
  shell.bail = given.bail;
}

async function run(shell: Shell, given: ShellArguments): Promise<void> {
  for (const text of given.first) await shell.execute(text);
  if (shell.exitCode !== null) return;
  if (shell.interactive) {
    const { name } = shell.connection;
    const where = name === ":memory:" ? "a database in memory, gone at the end" : name;
    process.stdout.write(`DoSQL ${DOSQL_VERSION}: ${where}\n.help lists the commands\n`);
    return converse(shell);
  }
  // The first interrupt ends the running statement and then the script, the second all at once.
  let interrupts = 0;
  process.on("SIGINT", () => {
    if (++interrupts > 1) process.exit(130);
    shell.exitCode = 130;
    shell.cancel();
  });
  if (given.texts.length === 0) return shell.read(process.stdin);
  for (const text of given.texts) {
    await shell.execute(text);
    if (shell.failed || shell.exitCode !== null) return;
  }
}

if (!isMainThread) {
  serveEngine();
} else {
  // The reader of a pipe may go at any time.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(0);
  });
  process.exitCode = await main();
  process.stdin.unref?.();
}
