// Runs one sqllogictest file on one engine, from an empty database.
import { compare, expectedHash, hashOf, readRecords, renderRows } from "./slt-format.mjs";
import { Tally } from "./tally.mjs";

/**
 * `progress(line)` is told before each record. Returns { tally, ms }: ms is the time inside the
 * engine's calls.
 */
export function runSltFile(engine, text, progress = () => {}) {
  const tally = new Tally();
  const labels = new Map();
  let ms = 0;
  const timed = (body) => {
    const start = performance.now();
    try {
      return body();
    } finally {
      ms += performance.now() - start;
    }
  };
  const db = timed(() => engine.open());
  // Whether a statement before was refused: then the data may not be what the file thinks.
  let behind = false;
  const missed = (record, error) => {
    const what = engine.classify(error);
    const detail = { line: record.line, sql: record.sql, why: `${what.code ?? "Unsupported"}: ${what.message}` };
    if (what.kind === "refused") tally.refuse(what.reason);
    else if (what.kind === "crash") tally.add("crashed", detail);
    else if (behind) tally.add("follows");
    else tally.error(what.code, detail);
    if (record.kind === "statement") behind = true;
  };
  for (const record of readRecords(text, "sqlite")) {
    progress(record.line ?? 0);
    if (record.kind === "threshold") continue;
    if (record.kind === "statement") {
      try {
        timed(() => db.exec(record.sql));
      } catch (error) {
        if (record.ok || engine.classify(error).kind !== "error") missed(record, error);
        else tally.add("passed");
        continue;
      }
      if (record.ok) tally.add("passed");
      else tally.add(behind ? "follows" : "wrong", { line: record.line, sql: record.sql, why: "ran, should have failed" });
      continue;
    }
    const { label } = record;
    if (record.skipped) {
      if (label && !labels.has(label)) labels.set(label, expectedHash(record.expected));
      continue;
    }
    let rows;
    try {
      rows = timed(() => db.query(record.sql));
    } catch (error) {
      const fine = record.ruled && record.expected.length === 0 && engine.classify(error).kind === "error";
      if (fine) tally.add("passed");
      else missed(record, error);
      continue;
    }
    let why = null;
    const columns = rows.length > 0 ? rows[0].length : rows.columns;
    if (columns !== record.types.length) why = `${columns} columns instead of ${record.types.length}`;
    else {
      const values = renderRows(rows, record.types, record.sort);
      why = compare(values, record.expected);
      if (why === null && label) {
        const hash = hashOf(values);
        if (!labels.has(label)) labels.set(label, hash);
        else if (labels.get(label) !== hash) why = `not the same as the others of label ${label}`;
      }
    }
    if (why === null) tally.add("passed");
    else if (behind) tally.add("follows");
    else tally.add("wrong", { line: record.line, sql: record.sql, why });
  }
  timed(() => db.close());
  return { tally, ms };
}
