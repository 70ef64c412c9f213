import { existsSync } from "node:fs";
import { Engine } from "../sql/engine.ts";
import { DoSQLError } from "../sql/error.ts";
import { DEFAULT_SHAPE } from "../sql/frame.ts";
import { Result } from "../sql/result.ts";
import type { Statement as Compiled } from "../sql/statement.ts";
import { MemoryHost } from "../storage/memory-host.ts";
import { FileHost } from "./file-host.ts";
import { dosqlModule } from "./module.ts";
import { Statement } from "./statement.ts";
import { makeTransaction, type Transaction } from "./transaction.ts";

export interface DatabaseOptions {
  /** Throw instead of creating the file. */
  fileMustExist?: boolean;
  /** Bytes of the page cache; default 16 MB. */
  cacheBytes?: number;
  /** Bytes the database may use in all. */
  budgetBytes?: number;
}

/**
 * Database: in Node, in better-sqlite3's shape. In memory (no path, "" or ":memory:") or in a file,
 * which one connection at a time may open; a second one gets SQLITE_BUSY.
 */
export class Database {
  /** The path it was opened with, ":memory:" for none. */
  readonly name: string;
  readonly memory: boolean;
  readonly readonly = false;
  readonly #engine: Engine;
  #open = true;
  #bigints = false;

  constructor(path = ":memory:", options: DatabaseOptions = {}) {
    this.name = path;
    this.memory = path === "" || path === ":memory:";
    if (options.fileMustExist === true && !this.memory && !existsSync(path)) {
      throw new DoSQLError("Io", `unable to open database file: ${path}`);
    }
    const host = this.memory ? new MemoryHost() : new FileHost(path);
    const { cacheBytes, budgetBytes } = options;
    this.#engine = new Engine({ module: dosqlModule(), host, cacheBytes, budgetBytes });
    try {
      this.#engine.open();
    } catch (error) {
      host.close();
      throw error;
    }
  }

  get open(): boolean {
    return this.#open;
  }

  /** Whether a transaction is open. */
  get inTransaction(): boolean {
    return this.#open && this.#engine.inTransaction;
  }

  /** Compiles one statement. */
  prepare<Row = unknown>(sql: string): Statement<Row> {
    this.assertOpen();
    if (typeof sql !== "string") throw new TypeError("Expected first argument to be a string");
    const compiled = this.#engine.acquire(sql);
    if (compiled === null) {
      throw new RangeError("The supplied SQL string contains no statements");
    }
    return new Statement<Row>(this, this.#engine, compiled, this.#bigints);
  }

  /** Runs all statements of a text; rows are dropped. */
  exec(sql: string): this {
    this.assertOpen();
    const run = (statement: Compiled): void =>
      new Result(statement, this.#engine.run(statement, [], 0), DEFAULT_SHAPE).drain();
    const last = this.#engine.acquire(sql, run);
    if (last !== null) run(last);
    return this;
  }

  /** A function that runs `body` in a transaction; called inside another one, in a savepoint. */
  transaction<Args extends unknown[], T>(body: (...args: Args) => T): Transaction<Args, T> {
    if (typeof body !== "function") throw new TypeError("Expected first argument to be a function");
    return makeTransaction(this.#engine, (sql) => this.exec(sql), body);
  }

  /** Runs PRAGMA `text`; all rows, or with `simple` the first value. */
  pragma(text: string, options: { simple?: boolean } = {}): unknown {
    const statement = this.prepare(`PRAGMA ${text}`);
    if (!statement.reader) return (statement.run(), options.simple ? undefined : []);
    return options.simple ? statement.pluck().get() : statement.all();
  }

  /** Writes all changed pages to storage and starts the log anew. */
  checkpoint(): this {
    this.assertOpen();
    this.#engine.checkpoint();
    return this;
  }

  /** Whether statements prepared from now on give integers as bigint. */
  defaultSafeIntegers(on = true): this {
    this.#bigints = on;
    return this;
  }

  /** Rolls an open transaction back and gives the file free. */
  close(): this {
    if (!this.#open) return this;
    this.#open = false;
    this.#engine.close();
    return this;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal */
  assertOpen(): void {
    if (!this.#open) throw new TypeError("The database connection is not open");
  }
}
