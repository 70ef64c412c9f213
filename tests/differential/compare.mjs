// One statement on both sides, and whether they agree.
import { typed } from "../conformance/typed-values.mjs";

/**
 * Verdicts: { kind: "same" | "refused" | "budget" | "explained" | "different", ... }. `different` has
 * `what`, one word, and `why`. Refused statements do not run on SQLite.
 */
export function runBoth(sides, statement, text) {
  const { engine, ours, sqlite } = sides;
  // Shrinking may have taken the order away.
  if (statement.ordered && /^\s*(SELECT|WITH)/.test(text) && !text.includes(" ORDER BY ") && !statement.text) statement = { ...statement, ordered: false };
  // A query inside may choose among equal values, too.
  if (/\b(DISTINCT|GROUP BY|UNION|INTERSECT|EXCEPT)\b/.test(text) && !statement.text) statement = { ...statement, loose: true };
  let mine = null;
  let failed = null;
  try {
    mine = ours.query(text);
  } catch (error) {
    failed = engine.classify(error);
    if (failed.kind === "refused") return { kind: "refused", reason: failed.reason };
    const missing = /^no such (?:table-valued )?function: (\w+)/.exec(failed.message)?.[1];
    if (missing) return { kind: "refused", reason: `function ${missing.toLowerCase()}` };
    if (failed.kind === "crash") return { kind: "different", what: "crash", why: `${failed.code}: ${failed.message}` };
    if (["NoMemory", "TooDeep", "Deadline"].includes(failed.code)) return { kind: "budget", reason: failed.code };
  }
  let theirs = null;
  let error = null;
  try {
    theirs = sqlite.query(text);
  } catch (caught) {
    error = caught;
  }
  if (failed && error) {
    // An ALTER TABLE that fails late is undone here; SQLite leaves it in an open transaction's schema.
    if (/^\s*ALTER/.test(text) && sqlite.db.isTransaction) for (const side of [ours, sqlite]) side.query("ROLLBACK");
    const [a, b] = [constraintOf(failed), SQLITE_CONSTRAINTS[error.errcode] ?? null];
    // Which of two errors comes first depends on the plan too, where one is of a value.
    const ofValue = DATA_ERRORS.test(failed.message) || DATA_ERRORS.test(error.message);
    if (a !== b && ofValue && !statement.strictErrors)
      return { kind: "explained", reason: "an error that evaluation order decides", failed: true };
    if (a !== b) return different("error", `SQLite: ${error.message} (${error.errcode}); ours: ${failed.code}: ${failed.message}`);
    return { kind: "same", failed: true, words: failed.message === error.message ? null : [error.message, failed.message] };
  }
  if (failed || error) {
    const message = failed?.message ?? error.message;
    const why = failed ? `ours fails: ${failed.code}: ${failed.message}` : `ours runs, SQLite: ${error.message}`;
    // Whether an expression that fails is reached depends on the plan.
    if (DATA_ERRORS.test(message) && !statement.strictErrors) return { kind: "explained", reason: "an error that evaluation order decides", failed: true };
    return different(failed ? "fails" : "should fail", why);
  }
  if (statement.kind !== "select" && mine.length === 0 && theirs.length === 0) return { kind: "same" };
  return compareRows(mine, theirs, statement);
}

const different = (what, why) => ({ kind: "different", what, why });
const DATA_ERRORS = /integer overflow|too big|too complex|out of range|invalid arguments|ESCAPE expression/i;
const SQLITE_CONSTRAINTS = { 2067: "unique", 1555: "unique", 2579: "unique", 1299: "notnull", 275: "check", 3091: "datatype", 20: "mismatch" };

function constraintOf({ code, message }) {
  switch (code) {
    case "ConstraintUnique":
    case "ConstraintPrimaryKey":
    case "ConstraintRowid":
      return "unique";
    case "ConstraintNotNull":
      return "notnull";
    case "ConstraintCheck":
      return "check";
    case "Type":
      return /cannot store/.test(message) ? "datatype" : "mismatch";
    default:
      return /cannot store/.test(message) ? "datatype" : null;
  }
}

function compareRows(mine, theirs, statement) {
  if (mine.length !== theirs.length) return different("rows", `${mine.length} rows instead of ${theirs.length}\n  SQLite: ${show(theirs)}\n  ours:   ${show(mine)}`);
  if (mine.length === 0) return mine.columns === theirs.columns ? { kind: "same" } : different("columns", `${mine.columns} columns instead of ${theirs.columns}`);
  if (mine[0].length !== theirs[0].length) return different("columns", `${mine[0].length} columns instead of ${theirs[0].length}`);
  const wrong = () => different("values", `\n  SQLite: ${show(theirs)}\n  ours:   ${show(mine)}`);
  const [a, b] = [mine.map(keyOf), theirs.map(keyOf)];
  if (!statement.ordered) {
    a.sort();
    b.sort();
  }
  if (a.every((row, i) => row === b[i])) return { kind: "same" };
  const [c, d] = [mine.map(looseKeyOf), theirs.map(looseKeyOf)];
  if (!statement.ordered) {
    c.sort();
    d.sort();
  }
  if (!c.every((row, i) => row === d[i])) return closeRows(mine, theirs, statement) ? { kind: "explained", reason: "last digits of a real" } : wrong();
  return statement.loose ? { kind: "explained", reason: "which of equal values is shown" } : closeRows(mine, theirs, statement) ? { kind: "explained", reason: "last digits of a real" } : wrong();
}

const keyOf = (row) => row.map(typed).join("\u0001");
const looseKeyOf = (row) => row.map(loose).join("\u0001");

function loose(value) {
  if (typeof value === "bigint" || typeof value === "number") return `r:${Number(Number(value).toPrecision(11)) || 0}`;
  if (typeof value === "string") return `t:${value.toLowerCase().trimEnd()}`;
  return typed(value);
}

/** Rows paired in their order or sorted: all values equal but for the last digits of reals. */
function closeRows(mine, theirs, statement) {
  const order = (rows) => (statement.ordered ? rows : rows.map((row) => [keyOf(row), row]).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, row]) => row));
  const [a, b] = [order(mine), order(theirs)];
  return a.every((row, i) => row.every((value, j) => close(value, b[i][j])));
}

function close(a, b) {
  if (typeof a === "number" && typeof b === "number") return a === b || Math.abs(a - b) <= 1e-12 * Math.max(Math.abs(a), Math.abs(b));
  if (typeof a === "string" && typeof b === "string" && /\d\.\d/.test(a)) {
    const short = (text) => text.replace(/-?\d+\.\d{6,}(e[+-]?\d+)?/gi, (digits) => Number(digits).toPrecision(11));
    return short(a) === short(b);
  }
  return typed(a) === typed(b);
}

const show = (rows) => {
  const text = rows.map((row) => `(${row.map(typed).join(", ")})`).join(" ");
  return text.length > 700 ? `${text.slice(0, 700)}...` : text;
};
