import type { Engine } from "../sql/engine.ts";
import type { Shape } from "../sql/frame.ts";
import { Result } from "../sql/result.ts";
import type { Statement as Compiled } from "../sql/statement.ts";
import type { SqlParameter, SqlValue } from "../sql/value.ts";
import { areValues, bindArguments, parameterShape, type ParameterShape } from "./bind-arguments.ts";
import type { Database } from "./database.ts";
import { Iterator } from "./iterator.ts";
import { SqliteError, sqliteError } from "./sqlite-error.ts";

/** A value as rows hold it: integers as number (or bigint, see safeIntegers), blobs as Buffer. */
export type Value = null | number | bigint | string | Buffer;

/**
 * A value as a parameter: also any view of bytes; undefined is NULL. run, get, all, iterate and bind
 * take values, lists of values, and one object of named ones.
 */
export type Parameter = null | undefined | number | bigint | string | ArrayBufferView | ArrayBuffer;

export interface RunResult {
  /** Rows inserted, updated or deleted. */
  changes: number;
  /** Rowid of the last inserted row; bigint under safeIntegers or beyond 2^53. */
  lastInsertRowid: number | bigint;
}

/** A column of a statement's rows and where it comes from; nulls for an expression. */
export interface ColumnDefinition {
  name: string;
  column: string | null;
  table: string | null;
  database: string | null;
  /** As declared. */
  type: string | null;
}

type Mode = "object" | "array" | "pluck" | "expand";
const METHODS = { array: "raw", pluck: "pluck", expand: "expand" } as const;

/**
 * Statement: a prepared statement in better-sqlite3's shape. `Row` is what a row looks like: an
 * object by default, an array after raw(), the first column's value after pluck(), an object of one
 * object per table after expand().
 */
export class Statement<Row = unknown> {
  /** The text it was made from. */
  readonly source: string;
  readonly database: Database;
  /** Whether it returns rows: then get, all and iterate are for it. */
  readonly reader: boolean;
  /** Whether it leaves the database as it is. */
  readonly readonly: boolean;
  readonly #engine: Engine;
  #compiled: Compiled;
  #shape: ParameterShape | null = null;
  #mode: Mode = "object";
  #bigints: boolean;
  #bound: readonly SqlParameter[] | null = null;
  #locked = false;

  /** @internal Database.prepare makes statements. */
  constructor(
    database: Database,
    engine: Engine,
    compiled: Compiled,
    bigints: boolean,
    reader = compiled.returnsRows,
  ) {
    this.database = database;
    this.source = compiled.sql;
    this.reader = reader;
    this.readonly = compiled.readsOnly || compiled.controlsTransaction;
    this.#engine = engine;
    this.#compiled = compiled;
    this.#bigints = bigints;
  }

  /** Whether its rows are being iterated. */
  get busy(): boolean {
    return this.#locked;
  }

  /** Runs it to its end; rows are dropped. */
  run(...args: unknown[]): RunResult {
    const engine = this.#engine;
    const before = engine.totalChanges;
    const result = this.#execute(args);
    try {
      result.drain();
    } catch (error) {
      throw sqliteError(error);
    }
    const rowid = engine.lastRowid;
    const number = Number(rowid);
    return {
      changes: engine.totalChanges === before ? 0 : engine.changes,
      lastInsertRowid: this.#bigints || !Number.isSafeInteger(number) ? rowid : number,
    };
  }

  /** The first row, or undefined. */
  get(...args: unknown[]): Row | undefined {
    // Two, so that a look-up of one row is known to be over after it.
    const result = this.#rows(args, 2);
    try {
      const row = this.#next(result);
      result.close();
      return row;
    } catch (error) {
      throw sqliteError(error);
    }
  }

  /** All rows. */
  all(...args: unknown[]): Row[] {
    const result = this.#rows(args);
    try {
      if (this.#mode === "object") return result.objects() as Row[];
      const arrays = result.arrays();
      if (this.#mode === "array") return arrays as Row[];
      if (this.#mode === "pluck") return arrays.map((row) => row[0]) as Row[];
      const columns = this.#definitions();
      return arrays.map((row) => expanded(columns, row)) as Row[];
    } catch (error) {
      throw sqliteError(error);
    }
  }

  /**
   * The rows one by one, as the database was at the first of them. Other statements may run
   * meanwhile; this one is busy until the iteration ends.
   */
  iterate(...args: unknown[]): IterableIterator<Row> {
    this.#needsReader();
    const bound = this.#arguments(args, this.#alive());
    this.#locked = true;
    let result: Result | null = null;
    return new Iterator<Row>(
      () => {
        try {
          result ??= this.#start(bound, 0);
          return this.#next(result);
        } catch (error) {
          throw sqliteError(error);
        }
      },
      () => {
        this.#locked = false;
        result?.close();
      },
    );
  }

  /** Rows as arrays from now on (or as objects again). */
  raw(on = true): this {
    return this.#setMode("array", on);
  }

  /** Only the first column's values from now on (or whole rows again). */
  pluck(on = true): this {
    return this.#setMode("pluck", on);
  }

  /** Rows as one object per table, expressions under "$" (or as flat objects again). */
  expand(on = true): this {
    return this.#setMode("expand", on);
  }

  /** Integers as bigint from now on (or as numbers again). */
  safeIntegers(on = true): this {
    this.#notBusy();
    if (typeof on !== "boolean") throw new TypeError("Expected first argument to be a boolean");
    this.#bigints = on;
    return this;
  }

  /** Binds parameters for good; they cannot be given when it runs, then. */
  bind(...args: unknown[]): this {
    if (this.#bound !== null) {
      throw new TypeError("The bind() method can only be invoked once per statement object");
    }
    const compiled = this.#alive();
    this.#notBusy();
    this.#bound = this.#arguments(args, compiled);
    return this;
  }

  /** The columns of the rows it returns. */
  columns(): ColumnDefinition[] {
    if (!this.reader) {
      throw new TypeError("The columns() method is only for statements that return data");
    }
    try {
      return this.#definitions();
    } catch (error) {
      throw sqliteError(error);
    }
  }

  #definitions(): ColumnDefinition[] {
    const compiled = this.#alive();
    const { names } = this.#engine.columnsOf(compiled);
    const origins = this.#engine.originsOf(compiled);
    return names.map((name, i) => {
      const [table = "", column = "", type = ""] = origins.slice(i * 3, i * 3 + 3);
      return {
        name,
        column: column || null,
        table: table || null,
        database: table === "" ? null : "main",
        type: type || null,
      };
    });
  }

  #setMode(mode: Exclude<Mode, "object">, on: boolean): this {
    if (!this.reader) {
      throw new TypeError(`The ${METHODS[mode]}() method is only for statements that return data`);
    }
    this.#notBusy();
    if (typeof on !== "boolean") throw new TypeError("Expected first argument to be a boolean");
    if (on) this.#mode = mode;
    else if (this.#mode === mode) this.#mode = "object";
    return this;
  }

  #needsReader(): void {
    if (!this.reader) {
      throw new TypeError("This statement does not return data. Use run() instead");
    }
  }

  #notBusy(): void {
    if (this.#locked) throw new TypeError("This statement is busy executing a query");
  }

  #rows(args: readonly unknown[], rowsMax = 0): Result {
    this.#needsReader();
    return this.#execute(args, rowsMax);
  }

  #execute(args: readonly unknown[], rowsMax = 0): Result {
    this.database.assertOpen();
    this.#notBusy();
    return this.#start(this.#arguments(args, this.#alive()), rowsMax);
  }

  #start(bound: readonly SqlParameter[], rowsMax: number): Result {
    const statement = this.#alive();
    if (this.database.readonly && !this.readonly) {
      throw new SqliteError("attempt to write a readonly database", "SQLITE_READONLY");
    }
    this.database.log(this.source, bound);
    try {
      const code = this.#engine.run(statement, bound, rowsMax);
      return new Result(statement, code, this.#bigints ? BIGINT_SHAPE : NUMBER_SHAPE);
    } catch (error) {
      throw sqliteError(error);
    }
  }

  #arguments(args: readonly unknown[], statement: Compiled): readonly SqlParameter[] {
    if (this.#bound !== null) {
      if (args.length > 0) throw new TypeError("This statement already has bound parameters");
      return this.#bound;
    }
    const shape = (this.#shape ??= parameterShape(this.#engine.parameterNamesOf(statement)));
    if (!shape.named && args.length === shape.names.length && areValues(args)) return args;
    return bindArguments(shape, args);
  }

  // The compiled statement, compiled again if the cache gave it up or its rows are being read.
  #alive(): Compiled {
    this.database.assertOpen();
    if (this.#compiled.handle !== 0 && !this.#compiled.busy) return this.#compiled;
    try {
      const compiled = this.#engine.acquire(this.source);
      if (compiled !== null) return (this.#compiled = compiled);
    } catch (error) {
      throw sqliteError(error);
    }
    throw new SqliteError("the statement is gone", "SQLITE_MISUSE");
  }

  #next(result: Result): Row | undefined {
    if (this.#mode === "object") return (result.nextObject() ?? undefined) as Row | undefined;
    const row = result.nextArray();
    if (row === null) return undefined;
    if (this.#mode === "expand") return expanded(this.#definitions(), row) as Row;
    return (this.#mode === "array" ? row : row[0]) as Row;
  }
}

function expanded(columns: readonly ColumnDefinition[], row: readonly SqlValue[]): object {
  const tables: Record<string, Record<string, SqlValue>> = {};
  columns.forEach(({ name, table }, i) => {
    (tables[table ?? "$"] ??= {})[name] = row[i];
  });
  return tables;
}

// Buffer is a Uint8Array, which the engine's value type does not name.
const blob = (bytes: Uint8Array<ArrayBuffer>): SqlValue =>
  Buffer.from(bytes.buffer) as unknown as SqlValue;
const NUMBER_SHAPE: Shape = { bigints: false, blob };
const BIGINT_SHAPE: Shape = { bigints: true, blob };
