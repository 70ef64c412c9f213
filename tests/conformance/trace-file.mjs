// Replays statements that an application sent (a JSON string a line) on an engine and on SQLite, in
// one sequence. What names a deferred feature, or is refused, runs on neither: the two stay alike.
import { sqlDeferred, withoutQuotes } from "./deferred.mjs";
import { Tally } from "./tally.mjs";
import { sameRows, sortedRows, typedRows } from "./typed-values.mjs";

// Bigints: what a number binds to is the binding's affair, and Node's SQLite makes it a REAL.
const VALUES = [1n, 2n, "text", 3n, "1"];

// Node's SQLite is built without ORDER BY and LIMIT on UPDATE and DELETE.
const BUILT_WITHOUT = /^near "(order|limit)": syntax error/i;

export function runTrace(engine, reference, statements, progress = () => {}) {
  const tally = new Tally();
  const deferredBy = {};
  const notes = { otherOrder: 0, otherMessage: 0, messages: [] };
  const db = engine.open();
  const sqlite = reference.open();
  let [ms, referenceMs] = [0, 0];
  const attempt = (side, sql, params) => {
    const start = performance.now();
    try {
      return { rows: side.query(sql, params), ms: performance.now() - start };
    } catch (error) {
      return { error, ms: performance.now() - start };
    }
  };
  for (const [index, sql] of statements.entries()) {
    progress(index + 1);
    const feature = sqlDeferred(sql);
    if (feature) {
      tally.add("deferred");
      deferredBy[feature] = (deferredBy[feature] ?? 0) + 1;
      continue;
    }
    const params = Array.from({ length: parameterCount(sql) }, (_, i) => VALUES[i % VALUES.length]);
    const ours = attempt(db, sql, params);
    const what = ours.error && engine.classify(ours.error);
    if (what?.kind === "refused") {
      tally.refuse(what.reason);
      if (tally.findings.length < 200) tally.findings.push({ outcome: "refused", line: index + 1, sql, why: what.message });
      continue;
    }
    const theirs = attempt(sqlite, sql, params);
    ms += ours.ms;
    referenceMs += theirs.ms;
    const detail = { line: index + 1, sql };
    if (what?.kind === "crash") tally.add("crashed", { ...detail, why: what.message });
    else if (what && theirs.error) {
      tally.add("passed");
      if (what.message !== theirs.error.message) {
        notes.otherMessage++;
        if (notes.messages.length < 100) notes.messages.push({ line: index + 1, wanted: theirs.error.message, got: what.message });
      }
    } else if (what) tally.error(what.code, { ...detail, why: `${what.code}: ${what.message}` });
    else if (theirs.error && BUILT_WITHOUT.test(theirs.error.message)) tally.add("passed");
    else if (theirs.error) tally.add("wrong", { ...detail, why: `ran, should have failed: ${theirs.error.message}` });
    else {
      const [a, b] = [typedRows(ours.rows), typedRows(theirs.rows)];
      if (/^\s*explain\b|\brandom(blob)?\s*\(/i.test(withoutQuotes(sql)) || sameRows(a, b, true)) tally.add("passed");
      else if (sameRows(sortedRows(a), sortedRows(b), true)) {
        tally.add("passed");
        notes.otherOrder++;
      } else {
        tally.add("wrong", { ...detail, why: `wanted ${JSON.stringify(b).slice(0, 300)}, got ${JSON.stringify(a).slice(0, 300)}` });
      }
    }
  }
  db.close();
  sqlite.close();
  return { tally, ms, referenceMs, deferredBy, notes };
}

/** How many values a statement's placeholders take. */
export function parameterCount(sql) {
  let count = 0;
  const names = new Set();
  for (const [, number, name] of withoutQuotes(sql).matchAll(/\?(\d*)|([:@$][A-Za-z_]\w*)/g)) {
    if (name !== undefined) {
      if (!names.has(name)) count++;
      names.add(name);
    } else count = number === "" ? count + 1 : Math.max(count, Number(number));
  }
  return count;
}
