import type { Engine } from "../sql/engine.ts";
import { DoSQLError } from "../sql/error.ts";
import type { Shape } from "../sql/frame.ts";
import { Result } from "../sql/result.ts";
import type { Statement as Compiled } from "../sql/statement.ts";
import type { SqlParameter, SqlValue } from "../sql/value.ts";
import type { Database } from "./database.ts";

/** A value as rows hold it: integers as number (or bigint, see safeIntegers), blobs as Buffer. */
export type Value = null | number | bigint | string | Buffer;

/** A value as a parameter: also any view of bytes. Lists of them are spread. */
export type Parameter = null | number | bigint | string | ArrayBufferView | ArrayBuffer;

export interface RunResult {
  /** Rows inserted, updated or deleted. */
  changes: number;
  /** Rowid of the last inserted row; bigint under safeIntegers or beyond 2^53. */
  lastInsertRowid: number | bigint;
}

export interface ColumnDefinition {
  name: string;
}

/**
 * Statement: a prepared statement in better-sqlite3's shape. `Row` is what a row looks like: an
 * object by default, an array after raw(), the first column's value after pluck().
 */
export class Statement<Row = unknown> {
  /** The text it was made from. */
  readonly source: string;
  readonly database: Database;
  /** Whether it returns rows: then get, all and iterate are for it, else run. */
  readonly reader: boolean;
  /** Whether it leaves the database as it is. */
  readonly readonly: boolean;
  readonly #engine: Engine;
  #compiled: Compiled;
  #mode: "object" | "array" | "pluck" = "object";
  #bigints: boolean;
  #bound: readonly SqlParameter[] | null = null;

  /** @internal Database.prepare makes statements. */
  constructor(database: Database, engine: Engine, compiled: Compiled, bigints: boolean) {
    this.database = database;
    this.source = compiled.sql;
    this.reader = compiled.returnsRows;
    this.readonly = compiled.readsOnly;
    this.#engine = engine;
    this.#compiled = compiled;
    this.#bigints = bigints;
  }

  /** Runs a statement that returns no rows. */
  run(...params: (Parameter | readonly Parameter[])[]): RunResult {
    if (this.reader) {
      throw new TypeError("This statement returns data. Use get(), all(), or iterate() instead");
    }
    const engine = this.#engine;
    const before = engine.totalChanges;
    this.#execute(params).drain();
    const rowid = engine.lastRowid;
    const number = Number(rowid);
    return {
      changes: engine.totalChanges - before,
      lastInsertRowid: this.#bigints || !Number.isSafeInteger(number) ? rowid : number,
    };
  }

  /** The first row, or undefined. */
  get(...params: (Parameter | readonly Parameter[])[]): Row | undefined {
    // Two, so that a look-up of one row is known to be over after it.
    const result = this.#rows(params, 2);
    const row = this.#next(result);
    result.close();
    return row;
  }

  /** All rows. */
  all(...params: (Parameter | readonly Parameter[])[]): Row[] {
    const result = this.#rows(params);
    if (this.#mode === "object") return result.objects() as Row[];
    const arrays = result.arrays();
    return (this.#mode === "array" ? arrays : arrays.map((row) => row[0])) as Row[];
  }

  /** The rows one by one; they show the database as it was when this was called. */
  *iterate(...params: (Parameter | readonly Parameter[])[]): IterableIterator<Row> {
    const result = this.#rows(params);
    try {
      for (let row = this.#next(result); row !== undefined; row = this.#next(result)) yield row;
    } finally {
      result.close();
    }
  }

  /** Rows as arrays from now on (or as objects again). */
  raw(on = true): this {
    return this.#setMode("array", on);
  }

  /** Only the first column's values from now on (or whole rows again). */
  pluck(on = true): this {
    return this.#setMode("pluck", on);
  }

  /** Integers as bigint from now on (or as numbers again). */
  safeIntegers(on = true): this {
    this.#bigints = on;
    return this;
  }

  /** Binds parameters for good; they cannot be given when it runs, then. */
  bind(...params: (Parameter | readonly Parameter[])[]): this {
    if (this.#bound !== null) {
      throw new TypeError("The bind() method can only be invoked once per statement object");
    }
    const flat = flatten(params);
    if (flat.length !== this.#compiled.parameters)
      throw wrongCount(this.#compiled.parameters, flat);
    this.#bound = flat;
    return this;
  }

  /** The columns of the rows it returns. */
  columns(): ColumnDefinition[] {
    if (!this.reader)
      throw new TypeError("The columns() method is only for statements that return data");
    return this.#engine.columnsOf(this.#alive()).names.map((name) => ({ name }));
  }

  #setMode(mode: "array" | "pluck", on: boolean): this {
    if (!this.reader)
      throw new TypeError(
        `The ${mode === "array" ? "raw" : "pluck"}() method is only for statements that return data`,
      );
    if (on) this.#mode = mode;
    else if (this.#mode === mode) this.#mode = "object";
    return this;
  }

  #rows(params: (Parameter | readonly Parameter[])[], rowsMax = 0): Result {
    if (!this.reader) {
      throw new TypeError("This statement does not return data. Use run() instead");
    }
    return this.#execute(params, rowsMax);
  }

  #execute(params: (Parameter | readonly Parameter[])[], rowsMax = 0): Result {
    if (this.#bound !== null && params.length > 0) {
      throw new TypeError("This statement already has bound parameters");
    }
    const bound = this.#bound ?? flatten(params);
    const statement = this.#alive();
    if (bound.length !== statement.parameters) throw wrongCount(statement.parameters, bound);
    const code = this.#engine.run(statement, bound, rowsMax);
    return new Result(statement, code, this.#bigints ? BIGINT_SHAPE : NUMBER_SHAPE);
  }

  // The compiled statement, compiled again if the cache gave it up or its rows are being read.
  #alive(): Compiled {
    this.database.assertOpen();
    if (this.#compiled.handle !== 0 && !this.#compiled.busy) return this.#compiled;
    const compiled = this.#engine.acquire(this.source);
    if (compiled === null) throw new DoSQLError("Misuse", "the statement is gone");
    return (this.#compiled = compiled);
  }

  #next(result: Result): Row | undefined {
    if (this.#mode === "object") return (result.nextObject() ?? undefined) as Row | undefined;
    const row = result.nextArray();
    if (row === null) return undefined;
    return (this.#mode === "array" ? row : row[0]) as Row;
  }
}

// Buffer is a Uint8Array, which the engine's value type does not name.
const blob = (bytes: Uint8Array<ArrayBuffer>): SqlValue =>
  Buffer.from(bytes.buffer) as unknown as SqlValue;
const NUMBER_SHAPE: Shape = { bigints: false, blob };
const BIGINT_SHAPE: Shape = { bigints: true, blob };

// Arrays among the parameters are spread, as better-sqlite3 does; undefined is refused, as it does.
function flatten(params: readonly unknown[]): SqlParameter[] {
  const flat: SqlParameter[] = [];
  for (const value of params) {
    if (Array.isArray(value)) flat.push(...flatten(value));
    else if (isPlainObject(value)) {
      throw new TypeError("Named parameters are not supported; bind by position");
    } else if (value === undefined || typeof value === "boolean") {
      throw new TypeError("SQLite3 can only bind numbers, strings, bigints, buffers, and null");
    } else flat.push(value as SqlParameter);
  }
  return flat;
}

function isPlainObject(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function wrongCount(expected: number, given: readonly unknown[]): RangeError {
  return new RangeError(
    given.length < expected
      ? "Too few parameter values were provided"
      : "Too many parameter values were provided",
  );
}
