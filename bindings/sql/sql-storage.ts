import type { Engine } from "./engine.ts";
import { DoSQLError } from "./error.ts";
import { DEFAULT_SHAPE } from "./frame.ts";
import { Result } from "./result.ts";
import type { Statement } from "./statement.ts";
import type { SqlParameter, SqlRow, SqlValue } from "./value.ts";

/** The rows of one `exec`, in the shape of the platform's SqlStorageCursor. */
export interface SqlCursor<T extends object = SqlRow> extends Iterable<T> {
  next(): IteratorResult<T, undefined>;
  /** All rows that are left. */
  toArray(): T[];
  /** The one row there is; throws when there is none or more. */
  one(): T;
  /** The rows that are left as arrays of values, in the order of columnNames. */
  raw<U extends SqlValue[] = SqlValue[]>(): IterableIterator<U>;
  readonly columnNames: readonly string[];
  readonly rowsRead: number;
  readonly rowsWritten: number;
  [Symbol.iterator](): IterableIterator<T>;
}

class Cursor<T extends object> extends Result implements SqlCursor<T> {
  next(): IteratorResult<T, undefined> {
    const value = this.nextObject();
    return value === null ? { done: true, value: undefined } : { done: false, value: value as T };
  }

  toArray(): T[] {
    return this.objects() as T[];
  }

  one(): T {
    const value = this.nextObject();
    if (value === null) {
      throw new DoSQLError(
        "Misuse",
        "Expected exactly one result from SQL query, but got no results.",
      );
    }
    if (this.nextArray() !== null) {
      this.close();
      throw new DoSQLError(
        "Misuse",
        "Expected exactly one result from SQL query, but got multiple results.",
      );
    }
    return value as T;
  }

  *raw<U extends SqlValue[]>(): IterableIterator<U> {
    for (let row = this.nextArray(); row !== null; row = this.nextArray()) yield row as U;
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (let row = this.nextObject(); row !== null; row = this.nextObject()) yield row as T;
  }
}

/**
 * Sql: a database in the shape of the platform's SqlStorage, for code inside a Durable Object.
 *
 * What differs on purpose: integers are integers (and bigint where a number would lose digits),
 * bigint parameters are taken, booleans and dates are refused instead of turned into text, and
 * BEGIN, COMMIT, ROLLBACK and SAVEPOINT work. A transaction that is still open when the running
 * turn ends is rolled back: one must not be held across an `await`.
 */
export class Sql {
  readonly #engine: Engine;
  readonly #databaseSize: () => number;
  #watching = false;

  constructor(engine: Engine, databaseSize: () => number) {
    this.#engine = engine;
    this.#databaseSize = databaseSize;
  }

  /**
   * Runs all statements of `query`; parameters belong to the last, whose rows are returned.
   * Throws DoSQLError, and TypeError for a parameter that has no place in SQL.
   */
  exec<T extends object = SqlRow>(query: string, ...bindings: SqlParameter[]): SqlCursor<T> {
    const engine = this.#engine;
    const statement = engine.acquire(query, this.#runEarlier);
    if (statement === null) {
      throw new DoSQLError("Misuse", "SQL code did not contain a statement.");
    }
    const code = engine.run(statement, bindings, 0);
    if (statement.controlsTransaction) this.#watchTransaction();
    return new Cursor<T>(statement, code, DEFAULT_SHAPE);
  }

  /**
   * Runs `callback` in a transaction, which commits when it returns and rolls back when it throws.
   * Nests. The callback must not return a promise.
   */
  transactionSync<T>(callback: () => T): T {
    const engine = this.#engine;
    const nested = engine.inTransaction;
    this.exec(nested ? "SAVEPOINT _dosql_nested" : "BEGIN");
    let result: T;
    try {
      result = callback();
      if (result instanceof Promise) {
        result.catch(() => {});
        throw new DoSQLError("Misuse", "a synchronous transaction's callback returned a promise");
      }
      this.exec(nested ? "RELEASE _dosql_nested" : "COMMIT");
    } catch (error) {
      // Where the engine itself gave up there is nothing left to roll back.
      if (engine.inTransaction) {
        if (nested) this.exec("ROLLBACK TO _dosql_nested; RELEASE _dosql_nested");
        else engine.rollback();
      }
      throw error;
    }
    return result;
  }

  /** Bytes that the object's storage takes. */
  get databaseSize(): number {
    return this.#databaseSize();
  }

  readonly #runEarlier = (statement: Statement): void => {
    if (statement.parameters > 0) {
      throw new DoSQLError(
        "Parameter",
        "When executing multiple SQL statements in a single call, only the last statement can " +
          "have parameters.",
      );
    }
    const code = this.#engine.run(statement, [], 0);
    new Result(statement, code, DEFAULT_SHAPE).drain();
    if (statement.controlsTransaction) this.#watchTransaction();
  };

  #watchTransaction(): void {
    if (this.#watching || !this.#engine.inTransaction) return;
    this.#watching = true;
    void Promise.resolve().then(() => {
      this.#watching = false;
      if (this.#engine.inTransaction) this.#engine.rollback();
    });
  }
}
