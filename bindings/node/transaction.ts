import type { Engine } from "../sql/engine.ts";

export type TransactionMode = "deferred" | "immediate" | "exclusive";

/** A function that runs in a transaction, and the same with each way to begin one. */
export type Transaction<Args extends unknown[], T> = ((...args: Args) => T) & {
  deferred: (...args: Args) => T;
  immediate: (...args: Args) => T;
  exclusive: (...args: Args) => T;
};

/** `run` executes a text of SQL. */
export function makeTransaction<Args extends unknown[], T>(
  engine: Engine,
  run: (sql: string) => void,
  body: (...args: Args) => T,
): Transaction<Args, T> {
  const wrap = (begin: string) =>
    function (this: unknown, ...args: Args): T {
      const nested = engine.inTransaction;
      run(nested ? "SAVEPOINT _dosql_nested" : begin);
      try {
        const result = body.apply(this, args);
        if (result instanceof Promise) {
          result.catch(() => {});
          throw new TypeError("Transaction function cannot return a promise");
        }
        run(nested ? "RELEASE _dosql_nested" : "COMMIT");
        return result;
      } catch (error) {
        // The body may have ended the transaction, or the engine may have.
        if (engine.inTransaction) {
          if (nested) run("ROLLBACK TO _dosql_nested; RELEASE _dosql_nested");
          else engine.rollback();
        }
        throw error;
      }
    };
  const transaction = wrap("BEGIN") as Transaction<Args, T>;
  transaction.deferred = wrap("BEGIN DEFERRED");
  transaction.immediate = wrap("BEGIN IMMEDIATE");
  transaction.exclusive = wrap("BEGIN EXCLUSIVE");
  return transaction;
}
