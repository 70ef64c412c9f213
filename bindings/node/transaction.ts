import type { Engine } from "../sql/engine.ts";
import type { Database } from "./database.ts";

export type TransactionMode = "deferred" | "immediate" | "exclusive";

/** A function that runs in a transaction, and the same with each way to begin one. */
export interface Transaction<Args extends unknown[], T> {
  (...args: Args): T;
  default: Transaction<Args, T>;
  deferred: Transaction<Args, T>;
  immediate: Transaction<Args, T>;
  exclusive: Transaction<Args, T>;
  readonly database: Database;
}

const BEGINS = {
  default: "BEGIN",
  deferred: "BEGIN DEFERRED",
  immediate: "BEGIN IMMEDIATE",
  exclusive: "BEGIN EXCLUSIVE",
} as const;

/** A function that runs `body` in a transaction of `database`; inside another one, in a savepoint. */
export function makeTransaction<Args extends unknown[], T>(
  database: Database,
  engine: Engine,
  body: (...args: Args) => T,
): Transaction<Args, T> {
  const run = (sql: string): void => void database.exec(sql);
  const wrap = (begin: string) =>
    function (this: unknown, ...args: Args): T {
      const nested = database.inTransaction;
      run(nested ? "SAVEPOINT _dosql_nested" : begin);
      try {
        const result = body.apply(this, args);
        if (isThenable(result)) {
          Promise.resolve(result).catch(() => {});
          throw new TypeError("Transaction function cannot return a promise");
        }
        run(nested ? "RELEASE _dosql_nested" : "COMMIT");
        return result;
      } catch (error) {
        // The body may have ended the transaction, or the engine may have.
        if (database.inTransaction) {
          if (nested) run("ROLLBACK TO _dosql_nested; RELEASE _dosql_nested");
          else engine.rollback();
        }
        throw error;
      }
    } as Transaction<Args, T>;
  const properties: PropertyDescriptorMap = { database: { value: database, enumerable: true } };
  for (const [name, begin] of Object.entries(BEGINS)) properties[name] = { value: wrap(begin) };
  for (const name of Object.keys(BEGINS)) {
    Object.defineProperties(properties[name].value as object, properties);
  }
  return properties.default.value as Transaction<Args, T>;
}

const isThenable = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  typeof (value as { then?: unknown }).then === "function";
