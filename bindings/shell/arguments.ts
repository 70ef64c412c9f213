import { isMode } from "./commands.ts";
import type { Mode } from "./writer.ts";

export interface ShellArguments {
  /** A path or URL; ":memory:" when none was given. */
  target: string;
  /** Statements and commands to run instead of reading any. */
  texts: string[];
  /** To run before that (-cmd). */
  first: string[];
  token: string | undefined;
  mode: Mode | null;
  headers: boolean | null;
  nullText: string | null;
  separator: string | null;
  readonly: boolean;
  bail: boolean;
  /** null: as standard input is. */
  interactive: boolean | null;
  action: "run" | "help" | "version";
}

export const USAGE = `usage: dosql [OPTIONS] [FILE | URL] [SQL...]
  FILE             a database file, made if it is not there; none: in memory
  URL              a database behind HTTP: https://HOST/db/NAME
  SQL              statements or dot commands to run; none: standard input
options:
  --token T        the server's token (or DOSQL_TOKEN in the environment)
  -box -column -csv -json -line -list -markdown -table
                   how rows are written; default box at a terminal, else list
  -header -noheader   names of columns or not
  -nullvalue TEXT  for NULL
  -separator TEXT  between values in list mode
  -cmd COMMAND     run COMMAND before anything else (may be repeated)
  -readonly        refuse statements that write
  -bail            stop at the first error
  -interactive -batch   as if standard input were a terminal, or not
  -version -help
`;

/** The command line's meaning; Error when it has none. Options begin with one dash or two. */
export function parseArguments(words: readonly string[], env: NodeJS.ProcessEnv): ShellArguments {
  const parsed: ShellArguments = {
    target: ":memory:",
    texts: [],
    first: [],
    token: env.DOSQL_TOKEN,
    mode: null,
    headers: null,
    nullText: null,
    separator: null,
    readonly: false,
    bail: false,
    interactive: null,
    action: "run",
  };
  const plain: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (!/^--?[a-z]/.test(word)) {
      plain.push(word);
      continue;
    }
    const [name, attached] = splitOption(word.replace(/^--?/, ""));
    const value = (): string => {
      const given = attached ?? words[++i];
      if (given === undefined) throw new Error(`${word} needs a value`);
      return given;
    };
    if (isMode(name)) parsed.mode = name;
    else if (name === "token") parsed.token = value();
    else if (name === "cmd") parsed.first.push(value());
    else if (name === "nullvalue") parsed.nullText = value();
    else if (name === "separator") parsed.separator = value();
    else if (name === "header" || name === "headers") parsed.headers = true;
    else if (name === "noheader") parsed.headers = false;
    else if (name === "readonly") parsed.readonly = true;
    else if (name === "bail") parsed.bail = true;
    else if (name === "interactive") parsed.interactive = true;
    else if (name === "batch") parsed.interactive = false;
    else if (name === "help" || name === "version") parsed.action = name;
    else throw new Error(`no option ${word}`);
  }
  if (plain.length > 0) parsed.target = plain[0] === "" ? ":memory:" : plain[0];
  parsed.texts = plain.slice(1);
  return parsed;
}

function splitOption(option: string): [string, string | undefined] {
  const at = option.indexOf("=");
  return at < 0 ? [option, undefined] : [option.slice(0, at), option.slice(at + 1)];
}
