// TPC-H from beside the checkout: data, queries, answers; and what a side must do to run it.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const folder = join(root, "../shared/bench/tpch");
const CHUNK_BYTES = 4 << 20;

export const tpchIsThere = () => existsSync(join(folder, "generate.mjs"));

const read = (name) => readFileSync(join(folder, "queries", name), "utf8");
const statementsOf = (text) => text.split(/;\s*(?:\n|$)/).map((sql) => sql.trim()).filter(Boolean);

/** CREATE TABLEs as { sql, table, types }: one letter a column, as the values are to be bound. */
export const schema = () =>
  statementsOf(read("schema.sql")).map((sql) => {
    const [, table, body] = /^CREATE TABLE (\w+) \((.*)\)$/s.exec(sql);
    const types = body.split(", PRIMARY KEY (")[0].split(",").map((column) => / (INTEGER|REAL|TEXT)/.exec(column)[1][0]).join("");
    return { sql, table, types };
  });

export const indexes = () => [...statementsOf(read("indexes.sql")), ...statementsOf(read("indexes-dates.sql"))];

/** The 22 queries as { name, sql }. */
export const queries = (scale) =>
  Array.from({ length: 22 }, (_, i) => {
    const name = `q${String(i + 1).padStart(2, "0")}`;
    return { name, sql: read(`${name}.sql`).replaceAll(/\/\*SF\*\/0\.1/g, String(scale)).trim().replace(/;$/, "") };
  });

export const answer = (scale, name) => JSON.parse(readFileSync(join(folder, "answers", `sf${scale}`, `${name}.json`), "utf8"));

/** Makes the data, once. */
export function generate(scale) {
  const out = join(root, "build/tpch", `sf${scale}`);
  if (existsSync(out)) return out;
  const half = `${out}.${process.pid}`;
  mkdirSync(half, { recursive: true });
  try {
    execFileSync(process.execPath, [join(folder, "generate.mjs"), String(scale), half], { stdio: "ignore" });
    renameSync(half, out);
  } finally {
    rmSync(half, { recursive: true, force: true });
  }
  return out;
}

/** A table's lines in pieces of some megabytes. */
export function* pieces(scale, table) {
  const text = readFileSync(join(generate(scale), `${table}.tbl`), "utf8");
  for (let at = 0; at < text.length;) {
    const end = at + CHUNK_BYTES >= text.length ? text.length : text.lastIndexOf("\n", at + CHUNK_BYTES) + 1;
    yield text.slice(at, end);
    at = end;
  }
}

/** Null when rows are the answer (1e-9 relative), else what differs. */
export function differs(rows, wanted) {
  if (rows.length !== wanted.length) return `${rows.length} rows instead of ${wanted.length}`;
  for (const [i, row] of rows.entries()) {
    for (const [j, value] of wanted[i].entries()) {
      const got = row[j];
      const same = typeof value === "number" && typeof got === "number" ? Math.abs(got - value) <= 1e-9 * Math.max(1, Math.abs(value), Math.abs(got)) : got === value;
      if (!same || row.length !== wanted[i].length) return `row ${i + 1}, column ${j + 1} is ${JSON.stringify(got)} instead of ${JSON.stringify(value)}`;
    }
  }
  return null;
}
