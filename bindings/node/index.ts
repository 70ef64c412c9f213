export { Database as default, Database, type DatabaseOptions } from "./database.ts";
export {
  Statement,
  type ColumnDefinition,
  type Parameter,
  type RunResult,
  type Value,
} from "./statement.ts";
export type { Transaction } from "./transaction.ts";
export { DoSQLError, type ErrorName } from "../sql/error.ts";
