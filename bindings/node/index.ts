import { Database as DatabaseClass } from "./database.ts";

/** Database, which may also be called without `new`. */
export const Database = new Proxy(DatabaseClass, {
  apply: (target, _this, args) => new target(...(args as [])),
});
export type Database = DatabaseClass;
export default Database;

export type { DatabaseOptions, DatabaseOptions as Options } from "./database.ts";
export {
  Statement,
  type Arguments,
  type ColumnDefinition,
  type Parameter,
  type RunResult,
  type Value,
} from "./statement.ts";
export type { Transaction } from "./transaction.ts";
export { SqliteError } from "./sqlite-error.ts";
