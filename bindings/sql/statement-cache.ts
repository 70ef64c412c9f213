import type { Statement } from "./statement.ts";

const TEXT_MAX = 1 << 20; // characters of all texts together

/**
 * StatementCache: compiled statements by their exact text, the least recently used given up first.
 * A hit costs one Map look-up; the order of use is a stamp in the statement, looked at only when
 * something must go.
 */
export class StatementCache {
  readonly #statements = new Map<string, Statement>();
  readonly #max: number;
  #text = 0;
  #clock = 0;

  constructor(max: number) {
    this.#max = Math.max(1, max);
  }

  get(sql: string): Statement | undefined {
    const statement = this.#statements.get(sql);
    if (statement !== undefined) statement.used = ++this.#clock;
    return statement;
  }

  /** Adds a statement and returns those that it displaces. Busy ones stay. */
  add(statement: Statement): Statement[] {
    statement.used = ++this.#clock;
    this.#statements.set(statement.sql, statement);
    this.#text += statement.sql.length;
    if (this.#statements.size <= this.#max && this.#text <= TEXT_MAX) return [];
    return this.#displace(statement);
  }

  // A quarter at once, so that a stream of new texts does not look at all of them for each.
  #displace(latest: Statement): Statement[] {
    const displaced: Statement[] = [];
    const oldestFirst = [...this.#statements.values()].sort((a, b) => a.used - b.used);
    for (const old of oldestFirst) {
      if (this.#statements.size <= this.#max * 0.75 && this.#text <= TEXT_MAX) break;
      if (old === latest || old.busy) continue;
      this.#statements.delete(old.sql);
      this.#text -= old.sql.length;
      displaced.push(old);
    }
    return displaced;
  }

  /** Empties the cache and returns what was in it. */
  clear(): Statement[] {
    const all = [...this.#statements.values()];
    this.#statements.clear();
    this.#text = 0;
    return all;
  }
}
