import type { SqlLike } from "./sides.ts";

/**
 * Inserts lines of `|`-separated values; `types` has I, R or T for each column. Returns how many.
 * Shared by the object of the benchmark and its quick run in Node.
 */
export function insertLines(sql: SqlLike, table: string, types: string, text: string): number {
  const insert = `INSERT INTO ${table} VALUES (${[...types].map(() => "?").join(", ")})`;
  let rows = 0;
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const values = line
      .split("|")
      .map((value, i) => (types[i] === "T" ? value : Number(value)));
    sql.exec(insert, ...values);
    rows++;
  }
  return rows;
}
