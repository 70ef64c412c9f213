import { StepCode } from "./control.ts";
import { DoSQLError } from "./error.ts";
import { decodeFrame, type Shape } from "./frame.ts";
import { appendArrays, appendDefined, appendObjects } from "./rows.ts";
import type { Columns, Statement } from "./statement.ts";
import type { SqlRow, SqlValue } from "./value.ts";
import { Views } from "./views.ts";

/**
 * Result: the rows of one run of a statement, fetched frame by frame.
 *
 *   frame (in the module's memory) --decode--> values --take--> rows        next frame by step
 *
 * A frame lives until the engine's next call, so it is decoded lazily: `keep` copies it when
 * another call comes first. Rows still waiting in the module show the snapshot the run started at.
 */
export class Result {
  readonly statement: Statement;
  /** Rows and index entries that the statement read and wrote so far. */
  rowsRead = 0;
  rowsWritten = 0;
  readonly #shape: Shape;
  readonly #run: number;
  #columns: Columns | null = null;
  #more: boolean;
  // The frame that is not decoded yet.
  #views: Views | null;
  #base: number;
  // Its copy, once another call came.
  #kept: Uint8Array<ArrayBuffer> | null = null;
  // The frame that is.
  #values: SqlValue[] = [];
  #rows = 0;
  #next = 0;

  constructor(statement: Statement, code: number, shape: Shape) {
    this.statement = statement;
    this.#shape = shape;
    this.#run = statement.run;
    this.#more = code === StepCode.rows;
    this.#views = null;
    this.#base = 0;
    const engine = statement.engine;
    this.rowsRead = engine.rowsRead;
    this.rowsWritten = engine.rowsWritten;
    this.#takeFrame();
    if (this.#more) engine.watch(this, statement);
    else engine.done(statement, this.#run);
  }

  /** Names as of the run; one per column, duplicates included. */
  get columnNames(): readonly string[] {
    return (this.#columns ??= this.statement.engine.columnsOf(this.statement)).names;
  }

  /** Called by the engine before a call that would end the frame's life. */
  keep(views: Views): void {
    if (this.#views === null) return;
    const end = this.#base + ((views.u32[this.#base >> 2] + 7) & ~7);
    this.#kept = views.u8.slice(this.#base, end);
    this.#views = null;
  }

  /** Makes sure that a decoded row is at hand; false at the end. */
  #load(): boolean {
    for (;;) {
      if (this.#next < this.#rows) return true;
      if (this.#kept !== null) {
        this.#views = new Views(this.#kept.buffer);
        this.#base = 0;
        this.#kept = null;
      }
      const views = this.#views;
      if (views === null) {
        if (!this.#more) return false;
        this.#step();
        continue;
      }
      const word = this.#base >> 2;
      const columns = views.u32[word + 1] & 0xffff;
      this.#rows = views.u32[word + 2];
      this.#next = 0;
      this.#values = new Array<SqlValue>(this.#rows * columns);
      decodeFrame(views, this.#base, this.#values, this.#shape);
      this.#views = null;
      const engine = this.statement.engine;
      if (engine.live === this) engine.live = null;
    }
  }

  #step(): void {
    const { statement } = this;
    if (statement.handle === 0 || statement.run !== this.#run) {
      this.#more = false;
      throw new DoSQLError("Stale", "the database was opened again while this cursor was open");
    }
    const engine = statement.engine;
    let code: number;
    try {
      code = engine.step(statement);
    } catch (error) {
      this.#more = false;
      throw error;
    }
    this.#more = code === StepCode.rows;
    this.rowsRead = engine.rowsRead;
    this.rowsWritten = engine.rowsWritten;
    this.#takeFrame();
    if (!this.#more) engine.done(statement, this.#run);
  }

  // Notes the frame that the call just made left in the module's memory.
  #takeFrame(): void {
    const { statement } = this;
    const engine = statement.engine;
    const frame = engine.frame;
    if (frame === 0) return;
    this.#views = engine.views;
    this.#base = frame;
    engine.live = this;
    this.#columns ??= engine.columnsAfterRun(statement);
  }

  #append(until: number, out: SqlRow[]): void {
    // Rows come with a frame, and a frame with its columns.
    const columns = this.#columns as Columns;
    (columns.hasProto ? appendDefined : appendObjects)(
      columns.names,
      this.#values,
      this.#next,
      until,
      out,
    );
    this.#next = until;
  }

  /** The next row as an object, or null at the end. */
  nextObject(): SqlRow | null {
    if (!this.#load()) return null;
    const out: SqlRow[] = [];
    this.#append(this.#next + 1, out);
    return out[0];
  }

  /** The next row as an array, or null at the end. */
  nextArray(): SqlValue[] | null {
    if (!this.#load()) return null;
    const columns = this.#values.length / this.#rows;
    const at = this.#next++ * columns;
    return this.#values.slice(at, at + columns);
  }

  /** All rows that are left, as objects. */
  objects(): SqlRow[] {
    const out: SqlRow[] = [];
    while (this.#load()) this.#append(this.#rows, out);
    return out;
  }

  /** All rows that are left, as arrays. */
  arrays(): SqlValue[][] {
    const out: SqlValue[][] = [];
    while (this.#load()) {
      appendArrays(this.#values.length / this.#rows, this.#values, this.#next, this.#rows, out);
      this.#next = this.#rows;
    }
    return out;
  }

  /**
   * Copies of the frames that are left, none decoded; only the first of them with `one`. Throws
   * DoSQLError (TooBig) when they have more than `bytesMax` bytes, and ends the run.
   */
  frames(bytesMax: number, one: boolean): ArrayBuffer[] {
    const out: ArrayBuffer[] = [];
    for (;;) {
      if (this.#views !== null) this.keep(this.#views);
      if (this.#kept !== null) {
        const { buffer } = this.#kept;
        bytesMax -= buffer.byteLength;
        if (bytesMax >= 0) out.push(buffer);
        this.#kept = null;
      }
      if (bytesMax < 0 || one) this.close();
      if (bytesMax < 0) {
        throw new DoSQLError("TooBig", "the result is larger than an answer may be, 32 MiB", {
          hint: "ask for fewer rows or columns at once, with LIMIT",
        });
      }
      if (!this.#more) return out;
      this.#step();
    }
  }

  /** Runs to the end without looking at the rows. */
  drain(): void {
    this.#next = this.#rows = 0;
    this.#views = this.#kept = null;
    while (this.#more) {
      this.#step();
      this.#views = this.#kept = null;
    }
  }

  /** Ends the run; rows that were not taken are dropped. */
  close(): void {
    this.#next = this.#rows = 0;
    const engine = this.statement.engine;
    if (engine.live === this) engine.live = null;
    this.#views = this.#kept = null;
    if (!this.#more) return;
    this.#more = false;
    engine.reset(this.statement, this.#run);
  }
}
