import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { COMMANDS } from "./commands.ts";
import { readSchema } from "./schema.ts";
import type { Shell } from "./shell.ts";

const HISTORY_LINES = 1000;
const KEYWORDS =
  "ALTER AND AS ASC BEGIN BETWEEN BY CASE COMMIT CREATE DEFAULT DELETE DESC DISTINCT DROP ELSE END " +
  "EXPLAIN FROM GROUP HAVING IN INDEX INSERT INTO IS JOIN KEY LEFT LIKE LIMIT NOT NULL ON OR ORDER " +
  "PRAGMA PRIMARY RETURNING ROLLBACK SELECT SET TABLE THEN UNION UNIQUE UPDATE VALUES VIEW WHEN WHERE WITH";

/**
 * Reads lines from a person until they end it, and feeds the shell. While a statement runs, lines
 * wait and Ctrl-C cancels it; else Ctrl-C drops what was typed.
 */
export async function converse(shell: Shell): Promise<void> {
  const history = new History(process.env.DOSQL_HISTORY ?? join(homedir(), ".dosql_history"));
  let names: string[] = [];
  const refreshNames = async (): Promise<void> => {
    names = (await readSchema(shell.connection).catch(() => [])).map((entry) => entry.name);
  };
  await refreshNames();
  const terminal = createInterface({
    input: process.stdin,
    output: process.stdout,
    terminal: process.stdin.isTTY,
    history: history.lines,
    historySize: HISTORY_LINES,
    completer: (line: string): [string[], string] => complete(line, names),
  });
  const lines: string[] = [];
  let wake: () => void = () => {};
  let closed = false;
  let interrupts = 0;
  terminal.on("line", (line) => {
    lines.push(line);
    wake();
  });
  terminal.on("close", () => {
    closed = true;
    wake();
  });
  const interrupted = (): void => {
    if (shell.busy) {
      interrupts++;
      const clear = process.stderr.isTTY ? "\r\x1b[K" : ""; // of a progress line
      if (interrupts === 1) process.stderr.write(`${clear}^C cancelling\n`);
      else if (interrupts === 2) process.stderr.write(`${clear}^C not yet; once more ends all\n`);
      else process.exit(130);
      shell.cancel();
      return;
    }
    process.stdout.write("^C\n");
    shell.forget();
    terminal.write(null, { ctrl: true, name: "e" });
    terminal.write(null, { ctrl: true, name: "u" });
    prompt();
  };
  terminal.on("SIGINT", interrupted); // the key
  process.on("SIGINT", interrupted); // the signal
  const prompt = (): void => {
    terminal.setPrompt(shell.inStatement ? "   ...> " : "dosql> ");
    terminal.prompt();
  };
  prompt();
  while (shell.exitCode === null) {
    const line = lines.shift();
    if (line === undefined) {
      if (closed) break;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      continue;
    }
    history.add(line);
    interrupts = 0;
    await shell.feed(`${line}\n`);
    if (!shell.inStatement && /\b(create|drop|alter)\b|^\.(open|read|import)/i.test(line)) {
      await refreshNames();
    }
    if (shell.exitCode === null && !closed) prompt();
  }
  if (closed) process.stdout.write("\n");
  terminal.close();
}

function complete(line: string, names: readonly string[]): [string[], string] {
  if (/^\.\w*$/.test(line)) {
    return [
      Object.keys(COMMANDS)
        .map((name) => `.${name}`)
        .filter((name) => name.startsWith(line)),
      line,
    ];
  }
  const word = /[\w$]*$/.exec(line)?.[0] ?? "";
  if (word === "") return [[], word];
  const lower = word.toLowerCase();
  const fits = (name: string): boolean => name.toLowerCase().startsWith(lower);
  const keywords = KEYWORDS.split(" ").filter(fits);
  const cased = word === lower ? keywords.map((k) => k.toLowerCase()) : keywords;
  return [[...names.filter(fits), ...cased], word];
}

/** Lines typed before, newest first; kept in a file where that can be written. */
class History {
  readonly lines: string[];
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
    let kept: string[] = [];
    try {
      kept = readFileSync(path, "utf8").split("\n").filter(Boolean);
      if (kept.length > 2 * HISTORY_LINES) {
        kept = kept.slice(-HISTORY_LINES);
        writeFileSync(path, `${kept.join("\n")}\n`, { mode: 0o600 });
      }
    } catch {
      // None yet, or none for us.
    }
    this.lines = kept.slice(-HISTORY_LINES).reverse();
  }

  add(line: string): void {
    if (line.trim() === "") return;
    try {
      appendFileSync(this.#path, `${line}\n`, { mode: 0o600 });
    } catch {
      // A history is worth no error.
    }
  }
}
