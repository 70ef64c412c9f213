import { statSync } from "node:fs";
import type { Connection } from "./connection.ts";
import { CsvReader } from "./csv.ts";
import { wholeLines } from "./file-text.ts";
import { Progress } from "./progress.ts";
import { allRows, quoteName } from "./schema.ts";

const ROWS_PER_CALL = 500;

export interface ImportOptions {
  file: string;
  table: string;
  /** Rows at the beginning that are not data. */
  skip: number;
  separator: string;
}

/**
 * Puts a CSV file's rows into a table, all or none; gives their number. A table that is not there is
 * made, with the names of the first row and columns of type TEXT.
 */
export async function importCsv(
  connection: Connection,
  options: ImportOptions,
  isCancelled: () => boolean,
): Promise<number> {
  const { file, table } = options;
  const progress = new Progress(`importing ${file}`, statSync(file).size);
  const reader = new CsvReader(options.separator);
  let skip = options.skip;
  let columns = await columnsOf(connection, table);
  let waiting: string[][] = [];
  let done = 0;

  const flush = async (): Promise<void> => {
    if (waiting.length === 0 || columns === null) return;
    const marks = columns.map(() => "?").join(", ");
    await connection.insert(`INSERT INTO ${quoteName(table)} VALUES (${marks})`, waiting);
    done += waiting.length;
    waiting = [];
  };
  const take = async (rows: string[][]): Promise<void> => {
    for (const row of rows) {
      if (skip > 0) {
        skip--;
        continue;
      }
      if (columns === null) {
        await createTable(connection, table, row);
        columns = row;
        continue;
      }
      if (row.length !== columns.length) {
        const at = options.skip + done + waiting.length + 1;
        throw new Error(`${file}: row ${at} has ${row.length} values, expected ${columns.length}`);
      }
      waiting.push(row);
      if (waiting.length >= ROWS_PER_CALL) await flush();
    }
  };

  // Over HTTP every call is a transaction of its own.
  const whole = await connection.run("BEGIN").then(
    () => true,
    () => false,
  );
  try {
    for await (const { text, bytes } of wholeLines(file)) {
      await take(reader.push(text));
      progress.at(bytes, done, "rows");
      if (isCancelled()) throw new Error(`interrupted${whole ? "" : `, ${done} rows are in`}`);
    }
    await take(reader.end());
    await flush();
    if (whole) await connection.run("COMMIT");
  } catch (error) {
    if (whole) await connection.run("ROLLBACK");
    throw error;
  } finally {
    progress.end();
  }
  return done;
}

async function createTable(connection: Connection, table: string, names: string[]): Promise<void> {
  const columns = names.map((name) => `${quoteName(name)} TEXT`).join(", ");
  await connection.run(`CREATE TABLE ${quoteName(table)} (${columns})`);
}

// Null when there is no such table.
async function columnsOf(connection: Connection, table: string): Promise<string[] | null> {
  const named = table.replaceAll("'", "''");
  const found = await allRows(
    connection,
    `SELECT 1 FROM sqlite_schema WHERE type = 'table' AND lower(name) = lower('${named}')`,
  );
  if (found.length === 0) return null;
  let names: readonly string[] = [];
  await connection.run(`SELECT * FROM ${quoteName(table)} LIMIT 1`, (columns) => {
    names = columns;
  });
  return [...names];
}
