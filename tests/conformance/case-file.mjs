// Runs typed cases (one JSON object a line: setup, sql, kind, rows | error | pattern, features).
import { DEFERRED_TAGS, refusalDeferred } from "./deferred.mjs";
import { Tally } from "./tally.mjs";
import { sameRows, sortedRows, typedRows } from "./typed-values.mjs";

/**
 * Runs cases on fresh databases. A case whose tags name something deferred counts as deferred,
 * whatever it does (unless the engine breaks). `features` gives [passed, all] of the others by tag.
 * `identical` counts error cases with the very message.
 */
export function runCases(engine, cases, progress = () => {}) {
  const tally = new Tally();
  const features = {};
  const messages = { failedAsTheyShould: 0, identical: 0, others: [] };
  let deferredPassed = 0;
  let refusedAsDeferred = 0;
  let ms = 0;
  for (const [index, one] of cases.entries()) {
    progress(index + 1);
    const rows = [];
    let error = null;
    const start = performance.now();
    let db;
    try {
      db = engine.open();
      for (const sql of one.setup) db.query(sql);
      for (const sql of one.sql) for (const row of db.query(sql)) rows.push(row);
    } catch (caught) {
      error = caught;
    } finally {
      try {
        db?.close();
      } catch (caught) {
        error ??= caught;
      }
      ms += performance.now() - start;
    }
    const what = error && engine.classify(error);
    const deferred = one.features.some((tag) => DEFERRED_TAGS.has(tag));
    const detail = { line: one.id, sql: [...one.setup, ...one.sql].join("\n") };
    if (what?.kind === "crash") {
      tally.add("crashed", { ...detail, why: what.message });
      continue;
    }
    const why = what?.kind === "refused" ? what.message : judge(one, rows, what);
    if (deferred) {
      tally.add("deferred");
      if (why === null) deferredPassed++;
      continue;
    }
    if (one.kind === "error" && why === null) {
      messages.failedAsTheyShould++;
      if (what.message === one.error) messages.identical++;
      else if (messages.others.length < 400) messages.others.push({ id: one.id, wanted: one.error, got: what.message });
    }
    for (const tag of one.features.length > 0 ? one.features : ["(none)"]) {
      const counts = (features[tag] ??= [0, 0]);
      counts[1]++;
      if (why === null) counts[0]++;
    }
    if (why === null) tally.add("passed");
    else if (what?.kind === "refused") {
      tally.refuse(what.reason);
      if (refusalDeferred(what.reason)) refusedAsDeferred++;
    } else if (what) tally.error(what.code, { ...detail, why });
    else tally.add("wrong", { ...detail, why });
  }
  return { tally, ms, features, messages, deferredPassed, refusedAsDeferred };
}

function judge(one, rows, failed) {
  if (one.kind === "error") return failed ? null : `should have failed: ${one.error}`;
  if (failed) return `${failed.code}: ${failed.message}`;
  const got = typedRows(rows);
  if (one.kind === "pattern") {
    const flags = /^\(\?([ims]+)\)/.exec(one.pattern);
    const pattern = flags ? new RegExp(one.pattern.slice(flags[0].length), flags[1]) : new RegExp(one.pattern);
    const list = got.map((row) => row.map((value) => value.slice(2)).join("|")).join("\n");
    return pattern.test(list) ? null : `${JSON.stringify(list).slice(0, 300)} does not match ${one.pattern}`;
  }
  const same = one.kind === "unordered" ? sameRows(sortedRows(got), sortedRows(one.rows)) : sameRows(got, one.rows);
  return same ? null : `wanted ${JSON.stringify(one.rows).slice(0, 400)}, got ${JSON.stringify(got).slice(0, 400)}`;
}
