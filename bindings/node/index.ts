import { Database as DatabaseClass, type DatabaseOptions } from "./database.ts";
import { SqliteError as ErrorClass } from "./sqlite-error.ts";
import type {
  ColumnDefinition as Column,
  RunResult as Run,
  Statement as StatementClass,
} from "./statement.ts";
import type { Transaction as TransactionOf } from "./transaction.ts";

/** Database, which may also be called without `new`; errors hang on it, as in better-sqlite3. */
export const Database: typeof DatabaseClass & { SqliteError: typeof ErrorClass } = Object.assign(
  new Proxy(DatabaseClass, {
    apply: (target, _this, args) => new target(...(args as [])),
  }),
  { SqliteError: ErrorClass },
);
export type Database = DatabaseClass;
export default Database;

/** The names that @types/better-sqlite3 gives, such as Database.Statement<Bind, Row>. */
export declare namespace Database {
  type Database = DatabaseClass;
  type Options = DatabaseOptions;
  type Statement<_Bind = unknown[], Row = unknown> = StatementClass<Row>;
  type RunResult = Run;
  type ColumnDefinition = Column;
  type SqliteError = ErrorClass;
  type Transaction<F extends (...args: never[]) => unknown> = TransactionOf<
    Parameters<F>,
    ReturnType<F>
  >;
}

export type { DatabaseOptions, DatabaseOptions as Options } from "./database.ts";
export {
  Statement,
  type ColumnDefinition,
  type Parameter,
  type RunResult,
  type Value,
} from "./statement.ts";
export type { Transaction } from "./transaction.ts";
export { SqliteError } from "./sqlite-error.ts";
