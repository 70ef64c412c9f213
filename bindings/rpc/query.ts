import type { Engine } from "../sql/engine.ts";
import { DoSQLError } from "../sql/error.ts";
import { Result } from "../sql/result.ts";
import type { Statement } from "../sql/statement.ts";
import { DEFAULT_SHAPE } from "../sql/frame.ts";
import type { SqlValue } from "../sql/value.ts";
import {
  ANSWER_BYTES_MAX,
  errorWords,
  type Query,
  type QueryMeta,
  type WireAnswer,
  type WireRequest,
} from "./wire.ts";

/** What a query comes to; R is the form that its rows are taken in. */
export interface Answer<R> {
  columns: readonly string[];
  rows: R;
  /** How many the query's text held. */
  statements: number;
  meta: QueryMeta;
}

export interface RunOptions<R> {
  /** Takes a run's rows; null for a statement that has none to give. */
  take: (result: Result | null) => R;
  /** Most rows of the first frame; 0 leaves it to the engine. */
  rowsMax?: number;
  /** Refuse what writes. */
  readOnly?: boolean;
}

/** Rows as arrays of values. */
export const ARRAYS: RunOptions<SqlValue[][]> = { take: (result) => result?.arrays() ?? [] };

/** Runs what a Worker sent. `size` says how many bytes the storage takes. */
export function answerRequest(
  engine: Engine,
  { queries, atomic, first = false, readOnly }: WireRequest,
  size: () => number,
): WireAnswer {
  let left = ANSWER_BYTES_MAX;
  const options: RunOptions<ArrayBuffer[]> = {
    take: (result) => {
      // The columns' names and the meta go with the rows.
      left -= 500 + (result?.columnNames.join().length ?? 0) * 2;
      const rows = result?.frames(left, first && result.statement.readsOnly) ?? [];
      for (const frame of rows) left -= frame.byteLength + 100;
      return rows;
    },
    rowsMax: first ? 1 : 0,
    readOnly,
  };
  try {
    const results = atomic
      ? runBatch(engine, queries, options)
      : [runQuery(engine, queries[0], options)];
    return { results, size: size() };
  } catch (error) {
    return { error: errorWords(error) };
  }
}

/** Runs a query that must leave no transaction open; one that does is rolled back and refused. */
export function runQuery<R>(engine: Engine, query: Query, options: RunOptions<R>): Answer<R> {
  return whole(engine, () => {
    const answer = runOne(engine, query, options, null);
    if (engine.inTransaction) throw leftOpen();
    return answer;
  });
}

/**
 * Runs queries in one transaction. A BEGIN among them, which must be ended among them, too, becomes
 * a savepoint of it: to the caller the same, and the whole stays all or nothing.
 */
export function runBatch<R>(
  engine: Engine,
  queries: readonly Query[],
  options: RunOptions<R>,
): Answer<R>[] {
  return whole(engine, () => {
    control(engine, "BEGIN");
    const batch = { begun: false };
    const answers = queries.map((query) => runOne(engine, query, options, batch));
    if (batch.begun) throw leftOpen();
    control(engine, "COMMIT");
    return answers;
  });
}

// Neither a transaction that code of this very turn forgot nor one of a failed call stays open.
function whole<T>(engine: Engine, run: () => T): T {
  const clear = (): void => {
    if (engine.inTransaction) engine.rollback();
  };
  clear();
  try {
    return run();
  } catch (error) {
    clear();
    throw error;
  }
}

const failed = (message: string, hint?: string): DoSQLError =>
  new DoSQLError("Transaction", message, { hint });

const leftOpen = (): DoSQLError =>
  failed(
    "the call ended with an open transaction, which was rolled back",
    "send the statements as one batch, or BEGIN and COMMIT in one text",
  );

function control(engine: Engine, sql: string): void {
  for (const text of sql.split("; ")) {
    const statement = engine.acquire(text);
    if (statement !== null) engine.run(statement, [], 0);
  }
}

interface Batch {
  /** Whether a BEGIN of its own waits for its end. */
  begun: boolean;
}

const BLANKS = /--.*|\/\*[^]*?\*\/|[;\s]+/g;

// What stands for a batch's own BEGIN, COMMIT and ROLLBACK; savepoints are as they are.
function inBatch(statement: Statement, batch: Batch): string {
  const text = statement.sql.slice(statement.start, statement.end).replace(BLANKS, " ").trim();
  const [, begin, end, undo] =
    /^(?:(begin)(?: deferred| immediate| exclusive)?|(commit|end)|(rollback))(?: transaction)?$/i.exec(
      text,
    ) ?? [];
  if (begin) {
    if (batch.begun) throw failed("cannot start a transaction within a transaction");
    batch.begun = true;
    return "SAVEPOINT _dosql_batch";
  }
  if (end || undo) {
    if (!batch.begun) {
      throw failed(`cannot ${end ? "commit" : "rollback"} - no transaction is active`);
    }
    batch.begun = false;
    return (undo ? "ROLLBACK TO _dosql_batch; " : "") + "RELEASE _dosql_batch";
  }
  if (/^begin/i.test(text)) throw failed("a batch begins no transaction of this kind");
  return text;
}

function runOne<R>(
  engine: Engine,
  { sql, params = [] }: Query,
  { take, rowsMax = 0, readOnly }: RunOptions<R>,
  batch: Batch | null,
): Answer<R> {
  const started = performance.now();
  engine.open();
  const changesBefore = engine.totalChanges;
  let statements = 0;
  let read = 0;
  let written = 0;
  let changed = false;
  const look = (statement: Statement): void => {
    statements++;
    const { readsOnly, controlsTransaction, changesSchema } = statement;
    if (controlsTransaction) return;
    if (readOnly && !readsOnly) {
      throw new DoSQLError("ReadOnly", "attempt to write a readonly database");
    }
    if (!readsOnly && changesSchema) changed = true;
  };
  const run = <T>(statement: Statement, given: typeof params, then: (result: Result) => T): T => {
    const result = new Result(statement, engine.run(statement, given, rowsMax), DEFAULT_SHAPE);
    const taken = then(result);
    read += result.rowsRead;
    written += result.rowsWritten;
    return taken;
  };
  const earlier = (statement: Statement): void => {
    look(statement);
    if (batch !== null && statement.controlsTransaction) {
      throw failed("in a batch, BEGIN and its kin are statements of their own");
    }
    run(statement, [], (result) => result.drain());
  };
  let statement = engine.acquire(sql, earlier);
  if (statement === null) {
    throw new DoSQLError("Misuse", "SQL code did not contain a statement.");
  }
  look(statement);
  let columns: readonly string[] = [];
  let rows: R;
  if (batch !== null && statement.controlsTransaction) {
    control(engine, inBatch(statement, batch));
    rows = take(null);
  } else {
    // Rows that a change returns may pass a limit: it must not have happened then.
    const guard = statement.returnsRows && !statement.readsOnly && !engine.inTransaction;
    if (guard) {
      control(engine, "BEGIN");
      // Compiling BEGIN may have displaced it.
      if (!statement.transient) statement = engine.acquire(sql) as Statement;
    }
    const { returnsRows } = statement;
    rows = run(statement, params, (result) => {
      if (returnsRows) columns = result.columnNames;
      return take(result);
    });
    if (guard) control(engine, "COMMIT");
  }
  return {
    columns,
    rows,
    statements,
    meta: {
      changes: engine.totalChanges - changesBefore,
      last_row_id: narrow(engine.lastRowid),
      rows_read: read,
      rows_written: written,
      duration: performance.now() - started,
      changed_db: changed || written > 0,
    },
  };
}

function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
