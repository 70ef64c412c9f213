export { DoSQL, type BatchAnswer, type DoSQLOptions, type QueryAnswer } from "./dosql-object.ts";
export type { Query, QueryMeta, WireAnswer, WireRequest } from "../bindings/rpc/wire.ts";
export { DoSQLError, type ErrorName } from "../bindings/sql/error.ts";
export type { Sql, SqlCursor } from "../bindings/sql/sql-storage.ts";
export type { SqlParameter, SqlRow, SqlValue } from "../bindings/sql/value.ts";
