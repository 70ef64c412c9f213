import { DoSQLError } from "../bindings/sql/error.ts";
import type { Sql } from "../bindings/sql/sql-storage.ts";

/** `storage`, whose SQL and transactions are those of the database behind `sql`. */
export function sqlStorage(storage: DurableObjectStorage, sql: Sql): DurableObjectStorage {
  const ours: Partial<Record<PropertyKey, unknown>> = {
    sql,
    transactionSync: sql.transactionSync.bind(sql),
    transaction: () => {
      throw new DoSQLError("Unsupported", "a transaction ends with its turn: use transactionSync");
    },
  };
  return new Proxy(storage, {
    get: (_, name) => {
      const value = ours[name] ?? (Reflect.get(storage, name) as unknown);
      // The platform's functions want the platform's object.
      return typeof value === "function" ? (value.bind(storage) as unknown) : value;
    },
  });
}
