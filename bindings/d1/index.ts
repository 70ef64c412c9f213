export { connect, type Database, type Session } from "./database.ts";
export type { ExecResult, Meta, Result, Row, Value } from "./result.ts";
export type { PreparedStatement } from "./statement.ts";
export type { TemplateStatement } from "./template.ts";
export type { ObjectNamespace } from "../rpc/remote.ts";
export { DoSQLError, type ErrorName, type ErrorPlace } from "../sql/error.ts";
