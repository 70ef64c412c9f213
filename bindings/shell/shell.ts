import type { Connection } from "./connection.ts";
import { StatementError } from "./connection.ts";
import { runCommand } from "./commands.ts";
import { errorText, type Origin } from "./error-text.ts";
import { wholeLines } from "./file-text.ts";
import { Output } from "./output.ts";
import { Progress } from "./progress.ts";
import { StatementBuffer, type CompleteStatement } from "./statement-buffer.ts";
import { openWriter, type Format, type ResultWriter } from "./writer.ts";

/** Opens what the user named: a path, ":memory:" or a URL. */
export type Opener = (target: string) => Promise<Connection>;

const READ_DEPTH_MAX = 25;
const STATEMENTS_PER_CALL = 200;

/**
 * Shell: takes lines (SQL and dot commands), runs them one after the other and writes what comes
 * out. Errors are written to standard error; they do not end it, unless `bail` is on.
 */
export class Shell {
  readonly output = new Output();
  readonly open: Opener;
  connection: Connection;
  format: Format;
  timer = false;
  bail = false;
  echo = false;
  /** Whether any statement or command failed. */
  failed = false;
  /** Set by .quit, by an error under `bail`, and by an interrupt of a script. */
  exitCode: number | null = null;
  /** Whether a statement or command is running. */
  busy = false;
  /** Whether cancel() was called since the last line from a person: a script stops then. */
  cancelled = false;
  /** Whether the user types the lines: then messages name no lines. */
  readonly interactive: boolean;
  #buffer = new StatementBuffer();
  #depth = 0;

  constructor(connection: Connection, open: Opener, interactive: boolean) {
    this.connection = connection;
    this.open = open;
    this.interactive = interactive;
    const mode = interactive ? "box" : "list";
    this.format = { mode, headers: null, nullText: null, separator: "|" };
  }

  /** Whether a statement was begun and waits for its semicolon. */
  get inStatement(): boolean {
    return !this.#buffer.isEmpty;
  }

  /** Drops the statement that was begun. */
  forget(): void {
    this.#buffer.flush();
  }

  /** Ends what is running: the statement, and the script or command that it belongs to. */
  cancel(): void {
    this.cancelled = true;
    this.connection.cancel();
  }

  get #stopped(): boolean {
    return this.exitCode !== null || this.cancelled;
  }

  /** Takes whole lines that a person typed. */
  async feed(text: string): Promise<void> {
    this.cancelled = false;
    await this.#lines(text, this.#buffer, null);
  }

  /** No more lines come: runs a last statement that lacks its semicolon. */
  async finish(): Promise<void> {
    await this.#last(this.#buffer, null);
  }

  /** Runs all statements of a text, or one dot command. */
  async execute(text: string): Promise<void> {
    if (text.startsWith(".")) return this.command(text, null);
    const buffer = new StatementBuffer();
    await this.#lines(`${text}\n`, buffer, null);
    await this.#last(buffer, null);
  }

  /** Runs a file's lines, or a stream's. */
  async read(source: string | NodeJS.ReadableStream, totalBytes = 0): Promise<void> {
    const file = typeof source === "string" ? source : null;
    if (this.#depth >= READ_DEPTH_MAX) throw new Error(`.read: more than ${READ_DEPTH_MAX} deep`);
    this.#depth++;
    const buffer = new StatementBuffer();
    const progress = new Progress(file === null ? "reading" : `reading ${file}`, totalBytes);
    const before = this.#statements;
    try {
      for await (const { text, bytes } of wholeLines(source)) {
        await this.#lines(text, buffer, file, () =>
          progress.at(bytes, this.#statements - before, "statements"),
        );
        if (this.#stopped) break;
      }
      await this.#last(buffer, file);
      if (this.cancelled && this.#depth === 1) {
        const count = (this.#statements - before).toLocaleString("en-US");
        throw new Error(`interrupted after ${count} statements`);
      }
    } finally {
      progress.end();
      this.#depth--;
    }
  }
  #statements = 0;

  // A dot command is a line of its own, between statements. Statements are gathered up to one.
  async #lines(
    text: string,
    buffer: StatementBuffer,
    file: string | null,
    after?: () => void,
  ): Promise<void> {
    let gathered: CompleteStatement[] = [];
    for (let at = 0; at < text.length && this.exitCode === null;) {
      const end = text.indexOf("\n", at) + 1 || text.length;
      const line = text.slice(at, end);
      at = end;
      if (buffer.isEmpty && line.startsWith(".")) {
        buffer.push("\n"); // it counts lines
        await this.#run(gathered, file, after);
        gathered = [];
        if (!this.#stopped) await this.command(line.trim(), file);
        continue;
      }
      gathered.push(...buffer.push(line));
    }
    await this.#run(gathered, file, after);
  }

  async #run(
    statements: readonly CompleteStatement[],
    file: string | null,
    after?: () => void,
  ): Promise<void> {
    for (let at = 0; at < statements.length && !this.#stopped; after?.()) {
      at += await this.#runSilent(statements.slice(at, at + STATEMENTS_PER_CALL), file);
      if (at < statements.length && !this.#stopped) {
        await this.#statement(statements[at++], file);
      }
    }
  }

  // Runs those of the next statements that show nothing, where that is faster; gives their number.
  async #runSilent(statements: readonly CompleteStatement[], file: string | null): Promise<number> {
    if (statements.length < 2 || this.timer || this.echo) return 0;
    const sqls = statements.map(({ sql }) => sql);
    const outer = this.busy;
    this.busy = true;
    try {
      const answer = await this.connection.runSilent?.(sqls);
      if (answer === undefined) return 0;
      const { ran, error } = answer;
      this.#statements += ran;
      if (error === undefined) return ran;
      this.fail(error, sqls[ran], this.#origin(file, statements[ran].line));
      return ran + 1;
    } finally {
      this.busy = outer;
    }
  }

  async #last(buffer: StatementBuffer, file: string | null): Promise<void> {
    const statement = buffer.flush();
    if (statement !== null && !this.#stopped) await this.#statement(statement, file);
  }

  /** Runs a dot command. */
  async command(line: string, file: string | null): Promise<void> {
    if (this.echo) this.output.write(`${line}\n`);
    const outer = this.busy;
    this.busy = true;
    try {
      await runCommand(this, line);
    } catch (error) {
      this.fail(error, line, file === null ? null : { file, line: 0 });
    } finally {
      this.busy = outer;
    }
  }

  async #statement({ sql, line }: CompleteStatement, file: string | null): Promise<void> {
    if (this.echo) this.output.write(`${sql};\n`);
    this.#statements++;
    const outer = this.busy;
    this.busy = true;
    const start = performance.now();
    let writer: ResultWriter | null = null;
    let rowCount = 0;
    try {
      const { changes } = await this.connection.run(sql, (columns, rows) => {
        writer ??= openWriter(this.format, columns, this.output.write);
        writer.rows(rows);
        rowCount += rows.length;
        return this.output.drained();
      });
      (writer as ResultWriter | null)?.end();
      if (this.timer) {
        const time = performance.now() - start;
        const n = writer === null ? changes : rowCount;
        const rows = `${n.toLocaleString("en-US")} row${n === 1 ? "" : "s"}`;
        this.output.write(
          `Run time: ${time.toFixed(time < 100 ? 2 : 0)} ms (${rows}${writer === null ? " changed" : ""})\n`,
        );
      }
    } catch (error) {
      this.fail(error, sql, this.#origin(file, line));
    } finally {
      this.busy = outer;
      this.output.statementEnds();
    }
  }

  // A person sees which line it was.
  #origin(file: string | null, line: number): Origin | null {
    return file === null && this.interactive ? null : { file, line };
  }

  /** Tells of a failure. */
  fail(error: unknown, text: string, origin: Origin | null): void {
    this.failed = true;
    process.stderr.write(errorText(error, text, origin));
    const cancelled = error instanceof StatementError && error.words.code === "SQLITE_INTERRUPT";
    if (this.bail || (cancelled && !this.interactive)) this.exitCode ??= cancelled ? 130 : 1;
  }
}
