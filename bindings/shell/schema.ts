import type { Connection, Value } from "./connection.ts";

export interface SchemaEntry {
  type: string;
  name: string;
  table: string;
  sql: string | null;
}

/** All tables, views, indexes and triggers but the database's own, in the order they were made. */
export async function readSchema(connection: Connection): Promise<SchemaEntry[]> {
  const entries: SchemaEntry[] = [];
  const rows = await allRows(connection, "SELECT type, name, tbl_name, sql FROM sqlite_schema");
  for (const [type, name, table, sql] of rows as string[][]) {
    if (!name.startsWith("sqlite_")) entries.push({ type, name, table, sql });
  }
  return entries;
}

/** All rows of a statement. */
export async function allRows(connection: Connection, sql: string): Promise<Value[][]> {
  const all: Value[][] = [];
  await connection.run(sql, (_, rows) => void all.push(...rows));
  return all;
}

/** Whether `name` fits a LIKE pattern (or there is none). */
export function isLike(name: string, pattern: string | undefined): boolean {
  if (pattern === undefined) return true;
  const source = pattern
    .replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")
    .replaceAll("%", ".*")
    .replaceAll("_", ".");
  return new RegExp(`^${source}$`, "is").test(name);
}

export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
