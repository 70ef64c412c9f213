import { rowArrays, rowObjects, type Callee } from "../rpc/remote.ts";
import type { Query, WireResult } from "../rpc/wire.ts";
import { DoSQLError } from "../sql/error.ts";
import type { SqlParameter } from "../sql/value.ts";
import { toParameters } from "./parameter.ts";
import { SHAPE, fullMeta, type Result, type Row, type Value } from "./result.ts";

/** PreparedStatement: a text with values for its parameters, in the shape of D1PreparedStatement. */
export class PreparedStatement implements Query {
  readonly sql: string;
  readonly params: readonly SqlParameter[];
  readonly #object: Callee;

  constructor(object: Callee, sql: string, params: readonly SqlParameter[]) {
    this.#object = object;
    this.sql = sql;
    this.params = params;
  }

  /** The same text with these values: one for each parameter. */
  bind(...values: unknown[]): PreparedStatement {
    return new PreparedStatement(this.#object, this.sql, toParameters(values));
  }

  /** The first row, or null when there is none; with a column's name the value it has there. */
  first<T = Value>(column: string): Promise<T | null>;
  first<T = Row>(): Promise<T | null>;
  async first<T>(column?: string): Promise<T | null> {
    const { result } = await this.#run(true);
    if (column === undefined) return (rowObjects(result, SHAPE)[0] as T | undefined) ?? null;
    const [row] = rowArrays(result, SHAPE);
    if (row === undefined) return null;
    const at = result.columns.lastIndexOf(column);
    if (at < 0) throw new DoSQLError("NoSuchObject", `the result has no column ${column}`);
    return row[at] as T;
  }

  /** All rows as objects, and what the statement did. */
  async all<T = Row>(): Promise<Result<T>> {
    const { result, size } = await this.#run(false);
    return toResult(result, size);
  }

  /** The same as `all`; for statements that are run for what they do. */
  run<T = Row>(): Promise<Result<T>> {
    return this.all();
  }

  /** All rows as arrays; with `columnNames` an array of the names comes before them. */
  raw<T = Value[]>(options: { columnNames: true }): Promise<[string[], ...T[]]>;
  raw<T = Value[]>(options?: { columnNames?: false }): Promise<T[]>;
  async raw<T>(options?: { columnNames?: boolean }): Promise<T[] | [string[], ...T[]]> {
    const { result } = await this.#run(false);
    const rows = rowArrays(result, SHAPE) as T[];
    return options?.columnNames ? [[...result.columns], ...rows] : rows;
  }

  async #run(first: boolean): Promise<{ result: WireResult; size: number }> {
    const { sql, params } = this;
    const { results, size } = await this.#object.call({ queries: [{ sql, params }], first });
    return { result: results[0], size };
  }
}

/** What `all` gives. */
export function toResult<T>(result: WireResult, size: number): Result<T> {
  return {
    success: true,
    results: rowObjects(result, SHAPE) as T[],
    meta: fullMeta(result.meta, size),
  };
}
