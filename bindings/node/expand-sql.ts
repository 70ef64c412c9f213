import { scan } from "../sql/scan.ts";
import type { SqlParameter } from "../sql/value.ts";
import { sqlLiteral } from "./sql-literal.ts";

/** The text of a statement with its parameters' values in their places. */
export function expandSql(sql: string, params: readonly SqlParameter[]): string {
  if (params.length === 0) return sql;
  const numbers = new Map<string, number>();
  let largest = 0;
  let text = "";
  for (const { kind, start, end } of scan(sql)) {
    const token = sql.slice(start, end);
    if (kind !== "parameter") {
      text += token;
      continue;
    }
    // As SQLite counts: ?5 is 5, a name keeps its first number, others are one past the largest.
    let number = /^\?\d/.test(token) ? Number(token.slice(1)) : numbers.get(token);
    number ??= largest + 1;
    if (token !== "?") numbers.set(token, number);
    largest = Math.max(largest, number);
    text += number > params.length ? token : sqlLiteral(params[number - 1]);
  }
  return text;
}
