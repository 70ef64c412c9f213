import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { Engine } from "../sql/engine.ts";
import { DEFAULT_SHAPE } from "../sql/frame.ts";
import { Result } from "../sql/result.ts";
import type { Statement as Compiled } from "../sql/statement.ts";
import type { SqlParameter } from "../sql/value.ts";
import { MemoryHost } from "../storage/memory-host.ts";
import type { PageHost } from "../storage/page-host.ts";
import { expandSql } from "./expand-sql.ts";
import { FileHost } from "./file-host.ts";
import { dosqlModule } from "./module.ts";
import { OverlayHost } from "./overlay-host.ts";
import { SqliteError, notSupported, sqliteError } from "./sqlite-error.ts";
import { Statement } from "./statement.ts";
import { makeTransaction, type Transaction } from "./transaction.ts";

export interface DatabaseOptions {
  /** Refuse statements that write. The file is opened for reading only and must exist. */
  readonly?: boolean;
  /** Throw instead of creating the file. */
  fileMustExist?: boolean;
  /** Milliseconds to wait for a file that another process holds; default 5000. */
  timeout?: number;
  /** Called with the text of each statement that runs, its parameters filled in. */
  verbose?: ((message?: unknown, ...more: unknown[]) => void) | null;
  /** Taken and ignored: there is no native code to load. */
  nativeBinding?: unknown;
  /** Bytes of the page cache; default 16 MB. */
  cacheBytes?: number;
  /** Bytes the database may use in all. */
  budgetBytes?: number;
  /**
   * An array over shared memory: while its first element is not 0, running statements end with
   * SQLITE_INTERRUPT. Another thread sets it, since the engine runs in this one.
   */
  interrupt?: Int32Array;
}

/**
 * Database: in Node, in better-sqlite3's shape. In memory (no path, "" or ":memory:") or in a file,
 * which one connection at a time may open; a second one gets SQLITE_BUSY.
 */
export class Database {
  /** The path it was opened with. */
  readonly name: string;
  readonly memory: boolean;
  readonly readonly: boolean;
  readonly #engine: Engine;
  readonly #verbose: DatabaseOptions["verbose"];
  #open = true;
  #bigints = false;

  constructor(path: string | null = "", options: DatabaseOptions | null = {}) {
    path ??= "";
    options ??= {};
    if ((path as unknown) instanceof Uint8Array) {
      throw notSupported("a database from serialized bytes");
    }
    const { readonly, fileMustExist, timeout, verbose } = checkOptions(path, options);
    const file = path.trim();
    this.name = path;
    this.memory = file === "" || file === ":memory:";
    this.readonly = readonly;
    this.#verbose = verbose;
    if (readonly && this.memory) {
      throw new TypeError("In-memory/temporary databases cannot be readonly");
    }
    const { cacheBytes, budgetBytes, interrupt } = options;
    let host: PageHost | null = null;
    try {
      host = this.memory
        ? new MemoryHost()
        : openFile(file, readonly, readonly || fileMustExist, timeout);
      const now = interrupt === undefined ? undefined : interruptibleClock(interrupt);
      this.#engine = new Engine({ module: dosqlModule(), host, cacheBytes, budgetBytes, now });
      this.#engine.open();
      if (interrupt !== undefined) this.#engine.setDeadline(NEVER);
    } catch (error) {
      host?.close();
      throw sqliteError(error);
    }
    // Own and enumerable, as better-sqlite3 has them.
    for (const name of ["open", "inTransaction"] as const) {
      const get = name === "open" ? () => this.#open : () => this.#inTransaction();
      Object.defineProperty(this, name, { get, enumerable: true });
    }
  }

  /** False after close(). */
  declare readonly open: boolean;
  /** Whether a transaction is open. */
  declare readonly inTransaction: boolean;

  #inTransaction(): boolean {
    return this.#open && this.#engine.inTransaction;
  }

  /** Compiles one statement. `Row` is what its rows look like (`_Bind` is for better-sqlite3's types). */
  prepare<Row = unknown>(sql: string): Statement<Row>;
  prepare<_Bind extends unknown[] | object, Row>(sql: string): Statement<Row>;
  prepare<Row>(sql: string): Statement<Row> {
    return this.#prepare(sql);
  }

  #prepare<Row>(sql: string, reader?: boolean): Statement<Row> {
    if (typeof sql !== "string") throw new TypeError("Expected first argument to be a string");
    this.assertOpen();
    let compiled: Compiled | null;
    try {
      compiled = this.#engine.acquire(sql);
    } catch (error) {
      throw sqliteError(error);
    }
    if (compiled === null) {
      throw new RangeError("The supplied SQL string contains no statements");
    }
    return new Statement<Row>(this, this.#engine, compiled, this.#bigints, reader);
  }

  /** Runs all statements of a text; rows are dropped. */
  exec(sql: string): this {
    if (typeof sql !== "string") throw new TypeError("Expected first argument to be a string");
    this.assertOpen();
    const run = (statement: Compiled): void => {
      if (this.readonly && !statement.readsOnly && !statement.controlsTransaction) {
        throw new SqliteError("attempt to write a readonly database", "SQLITE_READONLY");
      }
      if (statement.parameters > 0) {
        throw new SqliteError("exec() binds no parameters, use prepare()", "SQLITE_RANGE");
      }
      const { sql, start, end } = statement;
      if (this.#verbose != null) this.log(sql.slice(start, end).trim(), []);
      new Result(statement, this.#engine.run(statement, [], 0), DEFAULT_SHAPE).drain();
    };
    try {
      const last = this.#engine.acquire(sql, run);
      if (last !== null) run(last);
    } catch (error) {
      throw sqliteError(error);
    }
    return this;
  }

  /** A function that runs `body` in a transaction; called inside another one, in a savepoint. */
  transaction<Args extends unknown[], T>(body: (...args: Args) => T): Transaction<Args, T> {
    if (typeof body !== "function") throw new TypeError("Expected first argument to be a function");
    return makeTransaction(this, this.#engine, body);
  }

  /** Runs PRAGMA `text`; all rows, or with `simple` the first row's first value. */
  pragma(text: string, options: { simple?: boolean } | null = {}): unknown {
    options ??= {};
    if (typeof text !== "string") throw new TypeError("Expected first argument to be a string");
    if (typeof options !== "object") {
      throw new TypeError("Expected second argument to be an options object");
    }
    const simple = booleanOption(options, "simple");
    const statement = this.#prepare(`PRAGMA ${text}`, true);
    return simple ? statement.pluck().get() : statement.all();
  }

  /** Writes all changed pages to storage and starts the log anew. */
  checkpoint(): this {
    this.assertOpen();
    try {
      this.#engine.checkpoint();
    } catch (error) {
      throw sqliteError(error);
    }
    return this;
  }

  /** Whether statements prepared from now on give integers as bigint. */
  defaultSafeIntegers(on = true): this {
    if (typeof on !== "boolean") throw new TypeError("Expected first argument to be a boolean");
    this.#bigints = on;
    return this;
  }

  /** Statements may run while rows are being iterated in any case: there is nothing to allow. */
  unsafeMode(_on = true): this {
    return this;
  }

  /** Rolls an open transaction back and gives the file free. */
  close(): this {
    if (!this.#open) return this;
    this.#open = false;
    try {
      this.#engine.close();
    } catch (error) {
      throw sqliteError(error);
    }
    return this;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  // What better-sqlite3 has and DoSQL has not. Each throws.

  function(..._: unknown[]): never {
    throw notSupported("function(): a user-defined function");
  }
  aggregate(..._: unknown[]): never {
    throw notSupported("aggregate(): a user-defined aggregate");
  }
  table(..._: unknown[]): never {
    throw notSupported("table(): a virtual table");
  }
  loadExtension(..._: unknown[]): never {
    throw notSupported("loadExtension(): an extension of native code");
  }
  serialize(..._: unknown[]): never {
    throw notSupported("serialize(): a database as bytes");
  }
  async backup(..._: unknown[]): Promise<never> {
    throw notSupported("backup(): a copy of an open database");
  }

  /** @internal */
  assertOpen(): void {
    if (!this.#open) throw new TypeError("The database connection is not open");
  }

  /** @internal Tells `verbose` of a statement that is about to run. */
  log(sql: string, params: readonly SqlParameter[]): void {
    if (this.#verbose != null) this.#verbose(expandSql(sql, params));
  }
}

// A deadline that no clock passes but the interrupted one: the year 2255, and 2**53 - 1.
const NEVER = 9e15;

function interruptibleClock(flag: Int32Array): () => number {
  return () => (Atomics.load(flag, 0) === 0 ? Date.now() * 1000 : Number.MAX_SAFE_INTEGER);
}

function openFile(path: string, readonly: boolean, mustExist: boolean, timeout: number): PageHost {
  if (!existsSync(dirname(path))) {
    throw new TypeError("Cannot open database because the directory does not exist");
  }
  if (mustExist && !existsSync(path)) throw cannotOpen();
  try {
    const host = new FileHost(path, { readonly, waitMs: timeout });
    return readonly ? new OverlayHost(host) : host;
  } catch (error) {
    if (typeof (error as NodeJS.ErrnoException).syscall === "string") throw cannotOpen(error);
    throw error;
  }
}

const cannotOpen = (cause?: unknown): SqliteError =>
  new SqliteError("unable to open database file", "SQLITE_CANTOPEN", {}, cause);

function checkOptions(path: string, options: DatabaseOptions) {
  if (typeof path !== "string") throw new TypeError("Expected first argument to be a string");
  if (typeof options !== "object") {
    throw new TypeError("Expected second argument to be an options object");
  }
  if ("readOnly" in options) {
    throw new TypeError('Misspelled option "readOnly" should be "readonly"');
  }
  const { timeout = 5000, verbose } = options;
  if (!Number.isInteger(timeout) || timeout < 0) {
    throw new TypeError('Expected the "timeout" option to be a positive integer');
  }
  if (timeout > 0x7fffffff) {
    throw new RangeError('Option "timeout" cannot be greater than 2147483647');
  }
  if (verbose != null && typeof verbose !== "function") {
    throw new TypeError('Expected the "verbose" option to be a function');
  }
  return {
    readonly: booleanOption(options, "readonly"),
    fileMustExist: booleanOption(options, "fileMustExist"),
    timeout,
    verbose,
  };
}

function booleanOption<Key extends string>(options: { [K in Key]?: boolean }, key: Key): boolean {
  const value = key in options ? options[key] : false;
  if (typeof value !== "boolean") {
    throw new TypeError(`Expected the "${key}" option to be a boolean`);
  }
  return value;
}
