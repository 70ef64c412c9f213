// npm start: the Worker in the real runtime, with real data in one database, and a few answers.
//   --once     ends after printing (for tests)
//   --port N   where to listen, or the next free port above
//   --state D  where the state lives; default .wrangler/state
import { parseArgs } from "node:util";
import { existsSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { chinook, queries, tables } from "./demo-data.mjs";
import { database, startServer } from "./dev-server.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const { values: options } = parseArgs({
  options: {
    once: { type: "boolean", default: false },
    port: { type: "string", default: "8787" },
    state: { type: "string", default: ".wrangler/state" },
  },
});
const ROWS_PER_STATEMENT = 50;
const ROWS_PER_BATCH = 1000;

function progress(text, end = false) {
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[2K${text}${end ? "\n" : ""}`);
  else if (end) console.log(text);
}

/** Loads what is not there yet. The last batch of a table also notes that it is complete. */
async function load(db) {
  await db.query("CREATE TABLE IF NOT EXISTS loaded (name TEXT PRIMARY KEY, row_count INTEGER)");
  const there = new Map((await db.query("SELECT name, row_count FROM loaded")).rows);
  for (const { name, schema, rows: read } of tables) {
    if (there.has(name)) {
      console.log(`  ${name}: ${there.get(name).toLocaleString("en-US")} rows are there`);
      continue;
    }
    const rows = await read();
    await db.batch([...schema, `DELETE FROM ${name}`].map((sql) => ({ sql })));
    const started = performance.now();
    for (let at = 0; at < rows.length; at += ROWS_PER_BATCH) {
      const part = rows.slice(at, at + ROWS_PER_BATCH);
      const batch = [];
      for (let i = 0; i < part.length; i += ROWS_PER_STATEMENT) {
        const some = part.slice(i, i + ROWS_PER_STATEMENT);
        const row = `(${some[0].map(() => "?").join(", ")})`;
        batch.push({
          sql: `INSERT INTO ${name} VALUES ${some.map(() => row).join(", ")}`,
          params: some.flat(),
        });
      }
      const done = at + part.length;
      if (done === rows.length) {
        batch.push({ sql: "INSERT INTO loaded VALUES (?, ?)", params: [name, rows.length] });
      }
      await db.batch(batch);
      progress(
        `  ${name}: ${done.toLocaleString("en-US")} of ${rows.length.toLocaleString("en-US")} rows`,
      );
    }
    const ms = performance.now() - started;
    progress(
      `  ${name}: ${rows.length.toLocaleString("en-US")} rows loaded in ${(ms / 1000).toFixed(1)} s`,
      true,
    );
  }
}

/** Loads Chinook where it stands beside the checkout; whether it is in the database. */
async function loadChinook(db) {
  const script = chinook.script();
  if (script === null) {
    console.log("Chinook: ../shared/data/chinook is not there, left out");
    return false;
  }
  const tablesThere = "SELECT count(*) FROM sqlite_schema WHERE name = 'Track'";
  if ((await db.query(tablesThere)).rows[0][0] > 0) {
    console.log("Chinook: is in database chinook");
    return true;
  }
  const started = performance.now();
  await db.query(script);
  const ms = performance.now() - started;
  console.log(`Chinook: loaded into database chinook in ${(ms / 1000).toFixed(1)} s`);
  return true;
}

/** Streams a database's tables to the lake and waits until all of it is there. */
async function stream(url, name) {
  const at = `${url}/db/${name}/stream`;
  const ask = async (init) => {
    const answer = await (await fetch(at, init)).json();
    if (answer.error) throw new Error(answer.error.message);
    return answer.tables;
  };
  const started = performance.now();
  await ask({ method: "POST", body: JSON.stringify({ namespace: name }) });
  for (;;) {
    const tables = await ask();
    const failed = tables.find(({ state }) => state === "failed");
    if (failed) throw new Error(`${failed.table} does not stream to the lake: ${failed.why}`);
    const waiting = tables.filter(({ behind }) => behind);
    if (waiting.length === 0) {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      console.log(`  ${name}: ${tables.length} tables are in the lake after ${seconds} s`);
      return;
    }
    progress(`  ${name}: ${tables.length - waiting.length} of ${tables.length} tables`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function ask(db, questions) {
  for (const [title, sql, params] of questions) {
    const started = performance.now();
    const { columns, rows } = await db.query(sql, ...params);
    const ms = performance.now() - started;
    console.log(
      `\n${title}\n${sql.replace(/^/gm, "  ")}${params.length > 0 ? `   -- ${JSON.stringify(params)}` : ""}`,
    );
    console.log(`  ${ms.toFixed(1)} ms with HTTP\n`);
    printTable(columns, rows);
  }
}

function printTable(columns, rows) {
  const text = (value) => {
    if (value === null) return "NULL";
    if (typeof value === "object") return Object.values(value)[0];
    if (typeof value === "number" && !Number.isInteger(value))
      return String(Math.round(value * 100) / 100);
    return String(value);
  };
  const cells = rows.map((row) => row.map(text));
  const widths = columns.map((name, i) =>
    Math.max(name.length, ...cells.map((row) => row[i].length)),
  );
  const numeric = columns.map((_, i) => rows.every((row) => typeof row[i] === "number"));
  const line = (row) =>
    "  " +
    row
      .map((cell, i) => (numeric[i] ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join("  ")
      .trimEnd();
  console.log(line(columns));
  console.log("  " + widths.map((w) => "-".repeat(w)).join("  "));
  for (const row of cells) console.log(line(row));
}

/** How other engines read the lake. */
const lakeLines = (url) => `The same rows in the lake, seconds behind every commit (docs/lake.md). DuckDB 1.5 or newer:

  duckdb -c "INSTALL iceberg; LOAD iceberg; INSTALL httpfs; LOAD httpfs;
    ATTACH 'main' AS lake (TYPE iceberg, ENDPOINT '${url}/catalog', AUTHORIZATION_TYPE 'none');
    SELECT state, count(*) AS n FROM lake.demo.airports GROUP BY state ORDER BY n DESC LIMIT 3"

ClickHouse (clickhouse local):

  SET allow_experimental_database_iceberg = 1;
  CREATE DATABASE lake ENGINE = DataLakeCatalog('${url}/catalog/v1', 'local-lake', 'local-lake-secret')
  SETTINGS catalog_type = 'rest', warehouse = 'main', vended_credentials = 0,
    storage_endpoint = '${url}/cdn-cgi/local/r2/s3/lake';
  SELECT state, count(*) AS n FROM lake.\`demo.airports\` GROUP BY state ORDER BY n DESC LIMIT 3;

PyIceberg (pip install pyiceberg pyarrow s3fs):

  from pyiceberg.catalog.rest import RestCatalog
  lake = RestCatalog("lake", uri="${url}/catalog", warehouse="main",
                     **{"py-io-impl": "pyiceberg.io.fsspec.FsspecFileIO"})
  print(lake.load_table("demo.airports").scan(row_filter="state = 'TX'", limit=3).to_arrow().to_pylist())
`;

async function main() {
  if (!["dosql", "dolake"].every((name) => existsSync(join(root, `dist/${name}.wasm`)))) {
    const { status } = spawnSync(join(root, "scripts/build"), ["wasm"], {
      cwd: root,
      stdio: "inherit",
    });
    if (status !== 0) process.exit(1);
  }
  console.log("starting the Worker (wrangler dev)");
  const server = await startServer({
    port: Number(options.port),
    persistTo: resolve(root, options.state),
    vars: { DOSQL_LOCAL: "1" },
    ownSignals: true,
  });
  let ending = false;
  const end = async (code) => {
    if (ending) return;
    ending = true;
    await server.stop();
    process.exit(code);
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(name, () => void end(0));
  try {
    const db = database(server.url, "demo");
    console.log("loading the demonstration's data (npm package vega-datasets) into database demo");
    await load(db);
    const shop = database(server.url, "chinook");
    const chinookIsThere = await loadChinook(shop);
    await ask(db, queries);
    if (chinookIsThere) await ask(shop, chinook.queries);
    console.log("\nstreaming the tables to the lake (Iceberg tables in R2)");
    await stream(server.url, "demo");
    if (chinookIsThere) await stream(server.url, "chinook");
    console.log(
      `\nThe database is at ${server.url}/db/demo/query; any other name makes another one. Try:\n`,
    );
    console.log(
      `  curl -s ${server.url}/db/demo/query -H 'content-type: application/json' \\\n` +
        `    -d '{"sql": "SELECT city, count(*) AS n FROM airports WHERE state = ? GROUP BY city ORDER BY n DESC LIMIT 3", "params": ["TX"]}'\n`,
    );
    console.log(lakeLines(server.url));
  } catch (error) {
    console.error(`${error.message}\n${server.output()}`);
    await end(1);
  }
  if (options.once) return end(0);
  console.log("Ctrl-C stops the server; the data stays.");
  await server.exit;
  if (!ending) {
    console.error(`the server ended by itself:\n${server.output()}`);
    process.exit(1);
  }
}

await main();
