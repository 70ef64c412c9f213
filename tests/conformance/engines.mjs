// The engines that conformance and differential runs know, behind one shape:
//
//   open() -> { exec(sql)            all statements of a text, rows dropped
//               query(sql, params)   one statement -> rows, as arrays: integers are bigint, reals
//                                    number, blobs Uint8Array; its columns' count as rows.columns
//               close() }
//
// classify(error) says what a failure is:
//   { kind: "refused", reason }   valid SQL that the engine names as not supported
//   { kind: "error", code }       any other answer with an error
//   { kind: "crash", code }       the engine broke: a trap, a broken invariant
import { pathToFileURL } from "node:url";
import { resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { functionDeferred } from "./deferred.mjs";

export async function loadEngine(name, dist) {
  if (name === "node-sqlite") return { name, open: openSqlite, classify: classifySqlite };
  if (name !== "dosql") throw new Error(`no engine ${name}; there are: dosql, node-sqlite`);
  const { Database } = await import(pathToFileURL(resolve(dist, "node.js")).href);
  return { name, open: (options) => openDosql(Database, options), classify: classifyDosql };
}

function openDosql(Database, options = {}) {
  const db = new Database(":memory:", options);
  return {
    db,
    exec: (sql) => void db.exec(sql),
    query(sql, params = []) {
      const statement = prepared(db, sql);
      if (statement === null) return withColumns([], 0);
      if (!statement.reader) {
        statement.run(...params);
        return withColumns([], 0);
      }
      const rows = statement.safeIntegers().raw().all(...params);
      return withColumns(rows, rows.length > 0 ? rows[0].length : -1, () => statement.columns().length);
    },
    close: () => void db.close(),
  };
}

// Null where the text is only comments, as SQLite has it.
function prepared(db, sql) {
  try {
    return db.prepare(sql);
  } catch (error) {
    if (error instanceof RangeError && /contains no statements/.test(error.message)) return null;
    throw error;
  }
}

function openSqlite() {
  const db = new DatabaseSync(":memory:", { enableForeignKeyConstraints: false });
  return {
    db,
    exec: (sql) => db.exec(sql),
    query(sql, params = []) {
      const statement = db.prepare(sql);
      statement.setReadBigInts(true);
      statement.setReturnArrays(true);
      const rows = statement.all(...params);
      return withColumns(rows, rows.length > 0 ? rows[0].length : -1, () => statement.columns().length);
    },
    close: () => db.close(),
  };
}

// The count of columns is only asked for where no row shows it.
function withColumns(rows, known, ask) {
  Object.defineProperty(rows, "columns", { get: () => (known >= 0 ? known : ask()) });
  return rows;
}

function classifyDosql(thrown) {
  // The Node door may throw its own kind of error, with ours as cause.
  const error = thrown.cause?.name === "DoSQLError" ? thrown.cause : thrown;
  const { code, message } = error;
  if (code === "Unsupported") return { kind: "refused", reason: refusalReason(message), message };
  if (code === "NoSuchObject") {
    const name = /^no such function: (\S+)/.exec(message)?.[1];
    const feature = name && functionDeferred(name);
    if (feature) return { kind: "refused", reason: `${feature} functions: ${name}`, message };
  }
  if (code === undefined || code === "Internal" || code === "Poisoned" || code === "Corrupt" || code === "Stale") {
    if (code === undefined && (error instanceof TypeError || error instanceof RangeError) && !/call stack|memory access/i.test(message))
      return { kind: "error", code: "Misuse", message };
    return { kind: "crash", code: code ?? error.name, message };
  }
  return { kind: "error", code, message };
}

const classifySqlite = (error) => ({ kind: "error", code: String(error.errcode), message: error.message });

/** "outer joins are not supported yet" -> "outer joins" */
function refusalReason(message) {
  return message.replace(/ (is|are) not supported( yet)?.*$/s, "").replace(/'[^']*'|"[^"]*"|\d+/g, "_").slice(0, 90);
}
