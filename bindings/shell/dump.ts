import { sqlLiteral } from "../node/sql-literal.ts";
import { realText } from "./cell-text.ts";
import type { Connection, Value } from "./connection.ts";
import type { Output } from "./output.ts";
import { allRows, isLike, quoteName, readSchema } from "./schema.ts";

/** Writes the SQL that makes the database (or the tables that fit a LIKE pattern) anew. */
export async function dump(
  connection: Connection,
  output: Output,
  pattern: string | undefined,
): Promise<void> {
  const schema = (await readSchema(connection)).filter((entry) => isLike(entry.table, pattern));
  output.write("BEGIN TRANSACTION;\n");
  for (const { type, name, sql } of schema) {
    if (type !== "table") continue;
    output.write(`${sql};\n`);
    const table = /^[a-z_]\w*$/i.test(name) ? name : quoteName(name);
    await connection.run(`SELECT * FROM ${quoteName(name)}`, (_, rows) => {
      const lines = rows.map(
        (row) => `INSERT INTO ${table} VALUES(${row.map(literal).join(",")});\n`,
      );
      output.write(lines.join(""));
      return output.drained();
    });
  }
  const tables = new Set(schema.filter(({ type }) => type === "table").map(({ name }) => name));
  for (const [name, seq] of await sequences(connection)) {
    if (!tables.has(String(name))) continue;
    output.write(`DELETE FROM sqlite_sequence WHERE name=${literal(name)};\n`);
    output.write(`INSERT INTO sqlite_sequence VALUES(${literal(name)},${literal(seq)});\n`);
  }
  // Indexes last: rows go in faster without them. Then what may need any of them.
  for (const wanted of ["index", "view", "trigger"]) {
    for (const { type, sql } of schema) {
      if (type === wanted && sql !== null) output.write(`${sql};\n`);
    }
  }
  output.write("COMMIT;\n");
}

// What AUTOINCREMENT counts by, where a table has it.
async function sequences(connection: Connection): Promise<Value[][]> {
  const found = "SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'";
  if ((await allRows(connection, found)).length === 0) return [];
  return allRows(connection, "SELECT name, seq FROM sqlite_sequence");
}

function literal(value: Value): string {
  if (typeof value === "number" && Number.isFinite(value)) return realText(value);
  return sqlLiteral(value);
}
