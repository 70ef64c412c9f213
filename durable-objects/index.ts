export { DoSQL, type DoSQLOptions } from "./dosql-object.ts";
export type { Batch, BatchAnswer, Query, QueryAnswer, QueryMeta } from "../bindings/rpc/query.ts";
export { DoSQLError, type ErrorName } from "../bindings/sql/error.ts";
export type { Sql, SqlCursor } from "../bindings/sql/sql-storage.ts";
export type { SqlParameter, SqlRow, SqlValue } from "../bindings/sql/value.ts";
