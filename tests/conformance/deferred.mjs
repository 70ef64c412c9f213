// What the project leaves for later: which SQL names such a feature, which refusal does.

const FUNCTIONS = [
  ["JSON", /^(jsonb?(_\w+)?|json_each|json_tree)$/i],
  ["date", /^(date|time|datetime|julianday|unixepoch|strftime|timediff)$/i],
  ["window", /^(row_number|rank|dense_rank|percent_rank|cume_dist|ntile|lag|lead|first_value|last_value|nth_value)$/i],
  ["full-text", /^(bm25|highlight|snippet|match)$/i],
];

/** The deferred feature a function belongs to, or undefined. */
export const functionDeferred = (name) => FUNCTIONS.find(([, names]) => names.test(name))?.[0];

/** Tags of typed cases that name something deferred. */
export const DEFERRED_TAGS = new Set([
  "window", "recursive-cte", "trigger", "foreign-key", "generated", "json", "date", "temp", "attach", "fts",
]);

const IN_REFUSALS = /window|recursive|trigger|foreign.key|generated|json|->|\bdate\b|date and time|\btemp|attach|detach|full.text|fts|virtual table|\bmatch\b/i;

/** Whether a refusal's words name something deferred. */
export const refusalDeferred = (reason) => IN_REFUSALS.test(reason);

const IN_SQL = [
  ["window functions", /\)\s*over\s*(\(|"?\w)|\bwindow\s+"?\w+"?\s+as\s*\(/i],
  ["recursive CTEs", /\bwith\s+recursive\b/i],
  ["triggers", /\btrigger\b|\braise\s*\(/i],
  ["foreign-key enforcement", /\bpragma\s+(\w+\.)?(foreign_keys|defer_foreign_keys|foreign_key_check)\b/i],
  ["generated columns", /\bgenerated\s+always\b|\)\s*(stored|virtual)\b/i],
  ["JSON", /\bjsonb?(_\w+)?\s*\(|->/i],
  ["date functions", /\b(date|time|datetime|julianday|unixepoch|strftime|timediff)\s*\(/i],
  ["TEMP", /\b(temp|temporary)\b|\bsqlite_temp_/i],
  ["ATTACH", /\b(attach|detach)\b/i],
  ["virtual tables", /\bvirtual\s+table\b|\bmatch\b/i],
];

/** The text with comments, strings and quoted names emptied. */
export const withoutQuotes = (sql) =>
  sql.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|\/\*.*?\*\//gs, (part) =>
    part.startsWith("-") || part.startsWith("/") ? " " : part[0] === "'" ? "''" : `"q"`,
  );

/** The first deferred feature that a statement's text names, or undefined. */
export function sqlDeferred(sql) {
  const bare = withoutQuotes(sql);
  return IN_SQL.find(([, pattern]) => pattern.test(bare))?.[0];
}
