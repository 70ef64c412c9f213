import { DoSQLError } from "../bindings/sql/error.ts";
import type { Engine } from "../bindings/sql/engine.ts";
import type { Sql } from "../bindings/sql/sql-storage.ts";

/** `storage`, whose SQL, transactions and sync are those of the database that `engine` runs. */
export function sqlStorage(
  storage: DurableObjectStorage,
  sql: Sql,
  engine: Engine,
): DurableObjectStorage {
  const ours: Partial<Record<PropertyKey, unknown>> = {
    sql,
    transactionSync: sql.transactionSync.bind(sql),
    sync: () => {
      engine.endTurn();
      return storage.sync();
    },
    transaction: () => {
      throw new DoSQLError("Unsupported", "a transaction ends with its turn: use transactionSync");
    },
  };
  return new Proxy(storage, {
    get: (_, name) => {
      const value = ours[name] ?? (storage[name as keyof DurableObjectStorage] as unknown);
      // The platform's functions want the platform's object.
      return typeof value === "function" ? (value.bind(storage) as unknown) : value;
    },
  });
}
