import type { Engine } from "../sql/engine.ts";
import { DoSQLError } from "../sql/error.ts";
import { DEFAULT_SHAPE } from "../sql/frame.ts";
import { Result } from "../sql/result.ts";
import type { Statement } from "../sql/statement.ts";
import type { SqlParameter, SqlValue } from "../sql/value.ts";

/** One statement (or several; parameters and rows are the last one's). */
export interface Query {
  sql: string;
  params?: readonly SqlParameter[];
}

/** Statements that happen all or not at all, as a request names them. */
export interface Batch {
  batch: readonly Query[];
}

export interface QueryMeta {
  /** Rows inserted, updated or deleted. */
  changes: number;
  last_row_id: number | bigint;
  /** Rows and index entries read and written. */
  rows_read: number;
  rows_written: number;
  /** Milliseconds. */
  duration: number;
}

export interface QueryAnswer {
  columns: readonly string[];
  /** Rows as arrays, in the order of `columns`. */
  rows: SqlValue[][];
  meta: QueryMeta;
}

export interface BatchAnswer {
  results: QueryAnswer[];
}

/** Runs a query that must leave no transaction open; one that does is rolled back and refused. */
export function runQuery(engine: Engine, query: Query): QueryAnswer {
  forgotten(engine);
  try {
    const answer = runOne(engine, query, true);
    if (!engine.inTransaction) return answer;
  } catch (error) {
    if (engine.inTransaction) engine.rollback();
    throw error;
  }
  engine.rollback();
  throw new DoSQLError(
    "Transaction",
    "the call ended with an open transaction, which was rolled back",
    { hint: "send the statements as one batch, or BEGIN and COMMIT in one text" },
  );
}

/** Runs a batch in one transaction. */
export function runBatch(engine: Engine, queries: readonly Query[]): BatchAnswer {
  forgotten(engine);
  try {
    control(engine, "BEGIN");
    const results = queries.map((query) => runOne(engine, query, false));
    control(engine, "COMMIT");
    return { results };
  } catch (error) {
    if (engine.inTransaction) engine.rollback();
    throw error;
  }
}

// A transaction that code of this very turn left open.
function forgotten(engine: Engine): void {
  if (engine.inTransaction) engine.rollback();
}

function control(engine: Engine, sql: "BEGIN" | "COMMIT"): void {
  const statement = engine.acquire(sql);
  if (statement !== null) engine.run(statement, [], 0);
}

function runOne(engine: Engine, { sql, params = [] }: Query, mayControl: boolean): QueryAnswer {
  const started = performance.now();
  const checked = (statement: Statement): Statement => {
    if (statement.controlsTransaction && !mayControl) {
      throw new DoSQLError(
        "Transaction",
        "a batch is one transaction, its statements control none",
      );
    }
    return statement;
  };
  engine.open();
  const changesBefore = engine.totalChanges;
  let rowsRead = 0;
  let rowsWritten = 0;
  const count = (result: Result): void => {
    rowsRead += result.rowsRead;
    rowsWritten += result.rowsWritten;
  };
  const statement = engine.acquire(sql, (earlier) => {
    const result = new Result(checked(earlier), engine.run(earlier, [], 0), DEFAULT_SHAPE);
    result.drain();
    count(result);
  });
  if (statement === null) {
    throw new DoSQLError("Misuse", "SQL code did not contain a statement.");
  }
  const result = new Result(checked(statement), engine.run(statement, params, 0), DEFAULT_SHAPE);
  const rows = result.arrays();
  count(result);
  return {
    columns: statement.returnsRows ? result.columnNames : [],
    rows,
    meta: {
      changes: engine.totalChanges - changesBefore,
      last_row_id: narrow(engine.lastRowid),
      rows_read: rowsRead,
      rows_written: rowsWritten,
      duration: performance.now() - started,
    },
  };
}

function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
