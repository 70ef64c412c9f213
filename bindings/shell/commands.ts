import { statSync } from "node:fs";
import { dump } from "./dump.ts";
import { importCsv } from "./import-csv.ts";
import { isLike, readSchema } from "./schema.ts";
import type { Shell } from "./shell.ts";
import { MODES, type Mode } from "./writer.ts";

interface Command {
  /** Its arguments, for the help. */
  usage: string;
  help: string;
  run(shell: Shell, args: string[]): void | Promise<void>;
}

const onOff = (command: string, value: string | undefined): boolean => {
  if (value === "on" || value === "yes" || value === "1") return true;
  if (value === "off" || value === "no" || value === "0") return false;
  throw new Error(`usage: .${command} on|off`);
};

const need = (command: string, ...values: (string | undefined)[]): string[] => {
  if (values.includes(undefined)) throw new Error(`usage: .${command} ${COMMANDS[command].usage}`);
  return values as string[];
};

/** The dot commands, by name. */
export const COMMANDS: Record<string, Command> = {
  bail: {
    usage: "on|off",
    help: "stop at the first error",
    run: (shell, [value]) => void (shell.bail = onOff("bail", value)),
  },
  dump: {
    usage: "[TABLE]",
    help: "the SQL that makes the database, or tables like TABLE, anew",
    run: (shell, [pattern]) => dump(shell.connection, shell.output, pattern),
  },
  echo: {
    usage: "on|off",
    help: "show each statement before it runs",
    run: (shell, [value]) => void (shell.echo = onOff("echo", value)),
  },
  exit: {
    usage: "[CODE]",
    help: "the same as .quit, with an exit code",
    run: (shell, [code = "0"]) => void (shell.exitCode = Number(code) & 255),
  },
  headers: {
    usage: "on|off",
    help: "show the names of columns or not",
    run: (shell, [value]) => void (shell.format.headers = onOff("headers", value)),
  },
  help: {
    usage: "",
    help: "this list",
    run: (shell) => shell.output.write(helpText()),
  },
  import: {
    usage: "[--csv] [--skip N] FILE TABLE",
    help: "put a CSV file's rows into a table, which is made if it is not there",
    run: async (shell, args) => {
      let skip = 0;
      const names: string[] = [];
      for (let i = 0; i < args.length; i++) {
        if (args[i] === "--skip" || args[i] === "-skip") skip = Number(args[++i]) || 0;
        else if (!/^--?csv$/.test(args[i])) names.push(args[i]);
      }
      const [file, table] = need("import", names[0], names[1]);
      const count = await importCsv(
        shell.connection,
        { file, table, skip, separator: "," },
        () => shell.cancelled,
      );
      if (shell.interactive) {
        shell.output.write(`${count.toLocaleString("en-US")} rows put into ${table}\n`);
      }
    },
  },
  indexes: {
    usage: "[TABLE]",
    help: "names of indexes, of one table or all",
    run: async (shell, [table]) => {
      const entries = await readSchema(shell.connection);
      list(
        shell,
        entries.filter((e) => e.type === "index" && isLike(e.table, table)).map((e) => e.name),
      );
    },
  },
  mode: {
    usage: MODES.join("|"),
    help: "how rows are written",
    run: (shell, [mode]) => {
      if (mode === undefined) return shell.output.write(`${shell.format.mode}\n`);
      if (!isMode(mode)) throw new Error(`no mode ${mode}; there are: ${MODES.join(", ")}`);
      shell.format.mode = mode;
    },
  },
  nullvalue: {
    usage: "TEXT",
    help: "what is shown for NULL",
    run: (shell, [text = ""]) => void (shell.format.nullText = text),
  },
  once: {
    usage: "FILE",
    help: "write the next statement's rows to FILE",
    run: (shell, [path]) => shell.output.redirect(need("once", path)[0], true),
  },
  open: {
    usage: "FILE | URL",
    help: "close this database and open another",
    run: async (shell, [target]) => {
      const old = shell.connection;
      shell.connection = await shell.open(need("open", target)[0]);
      await old.close();
    },
  },
  output: {
    usage: "[FILE]",
    help: "write rows to FILE, or to the terminal again",
    run: (shell, [path]) =>
      shell.output.redirect(path === undefined || path === "stdout" ? null : path),
  },
  quit: {
    usage: "",
    help: "end the shell",
    run: (shell) => void (shell.exitCode ??= shell.interactive || !shell.failed ? 0 : 1),
  },
  read: {
    usage: "FILE",
    help: "run the statements and commands of FILE",
    run: (shell, [path]) => {
      const [file] = need("read", path);
      return shell.read(file, statSync(file).size);
    },
  },
  schema: {
    usage: "[TABLE]",
    help: "the statements that made tables like TABLE, or all",
    run: async (shell, [pattern]) => {
      for (const { name, table, sql } of await readSchema(shell.connection)) {
        if (sql !== null && (isLike(name, pattern) || isLike(table, pattern))) {
          shell.output.write(`${sql};\n`);
        }
      }
    },
  },
  separator: {
    usage: "TEXT",
    help: "what stands between values in list mode",
    run: (shell, [text]) =>
      void (shell.format.separator = need("separator", text)[0].replaceAll("\\t", "\t")),
  },
  show: {
    usage: "",
    help: "the settings",
    run: (shell) => {
      const { mode, headers, nullText, separator } = shell.format;
      const settings = {
        database: shell.connection.name,
        mode,
        headers: headers === null ? "auto" : headers ? "on" : "off",
        nullvalue: JSON.stringify(nullText ?? "auto"),
        separator: JSON.stringify(separator),
        timer: shell.timer ? "on" : "off",
        bail: shell.bail ? "on" : "off",
        echo: shell.echo ? "on" : "off",
      };
      for (const [name, value] of Object.entries(settings)) {
        shell.output.write(`${name.padStart(9)}: ${value}\n`);
      }
    },
  },
  tables: {
    usage: "[TABLE]",
    help: "names of tables and views like TABLE, or all",
    run: async (shell, [pattern]) => {
      const entries = await readSchema(shell.connection);
      list(
        shell,
        entries
          .filter((e) => (e.type === "table" || e.type === "view") && isLike(e.name, pattern))
          .map((e) => e.name),
      );
    },
  },
  timer: {
    usage: "on|off",
    help: "show how long each statement took",
    run: (shell, [value]) => void (shell.timer = onOff("timer", value)),
  },
};
const ALIASES: Record<string, string> = {
  header: "headers",
  indices: "indexes",
  q: "quit",
  h: "help",
};

export const isMode = (text: string): text is Mode => (MODES as readonly string[]).includes(text);

/** Runs a line that begins with a dot. */
export async function runCommand(shell: Shell, line: string): Promise<void> {
  const [name = "", ...args] = splitWords(line.slice(1));
  const full = ALIASES[name] ?? name;
  if (!Object.hasOwn(COMMANDS, full)) {
    throw new Error(`no command .${name}; .help lists them`);
  }
  await COMMANDS[full].run(shell, args);
  shell.output.commandEnds();
}

// Words between blanks; one in quotes may hold blanks.
function splitWords(line: string): string[] {
  return [...line.matchAll(/"((?:\\.|[^"\\])*)"|'([^']*)'|\S+/g)].map(
    ([word, double, single]) => double?.replace(/\\(["\\])/g, "$1") ?? single ?? word,
  );
}

// Names in columns where a person reads them, else one a line.
function list(shell: Shell, names: string[]): void {
  names.sort();
  if (!shell.output.isTerminal) {
    for (const name of names) shell.output.write(`${name}\n`);
    return;
  }
  const width = Math.max(0, ...names.map((name) => name.length)) + 2;
  const across = Math.max(1, Math.floor((process.stdout.columns || 80) / width));
  const down = Math.ceil(names.length / across);
  for (let y = 0; y < down; y++) {
    const row = names.filter((_, i) => i % down === y).map((name) => name.padEnd(width));
    shell.output.write(`${row.join("").trimEnd()}\n`);
  }
}

function helpText(): string {
  const entries = Object.entries(COMMANDS).map(([name, { usage, help }]) => [
    `.${name} ${usage}`,
    help,
  ]);
  const width = 34;
  const line = ([left, right]: string[]): string =>
    left.length < width ? left.padEnd(width) + right : `${left}\n${" ".repeat(width)}${right}`;
  return `${entries.map(line).join("\n")}\nEverything else is SQL, up to a semicolon. Ctrl-C ends a running statement.\n`;
}
