import { parentPort, workerData } from "node:worker_threads";
import { Database } from "../node/database.ts";
import { SqliteError } from "../node/sqlite-error.ts";
import type { ErrorWords, Value } from "./connection.ts";

/** What the shell asks of the thread, one at a time; each gets one Reply. */
export type Request =
  | { kind: "run"; sql: string }
  | { kind: "more" }
  | { kind: "silent"; sqls: readonly string[] }
  | { kind: "insert"; sql: string; rows: readonly Value[][] }
  | { kind: "close" };

export type Reply =
  | { kind: "ready" }
  | { kind: "rows"; columns: string[]; rows: Value[][]; more: boolean }
  | { kind: "done"; changes: number }
  | { kind: "ran"; ran: number; error?: ErrorWords }
  | { kind: "failed"; error: ErrorWords };

export interface ThreadData {
  path: string;
  readonly: boolean;
  /** Over shared memory; not 0 while the running statement is to end. */
  interrupt: Int32Array;
}

const ROWS_PER_REPLY = 1000;

/** The thread that holds the database, so that the terminal stays alive while a statement runs. */
export function serveEngine(): void {
  const port = parentPort!;
  const { path, readonly, interrupt } = workerData as ThreadData;
  const send = (reply: Reply): void => port.postMessage(reply);
  let db: Database;
  try {
    db = new Database(path, { readonly, interrupt });
  } catch (error) {
    send({ kind: "failed", error: wordsOf(error) });
    return;
  }
  let waiting: { columns: string[]; rows: IterableIterator<Value[]> } | null = null;

  const nextRows = (): Reply => {
    if (waiting === null) return { kind: "done", changes: 0 };
    const { columns, rows } = waiting;
    const some: Value[][] = [];
    while (some.length < ROWS_PER_REPLY) {
      const { done, value } = rows.next();
      if (done === true) {
        waiting = null;
        break;
      }
      some.push(value as Value[]);
    }
    return { kind: "rows", columns, rows: some, more: waiting !== null };
  };

  const answer = (request: Request): Reply => {
    switch (request.kind) {
      case "more":
        return nextRows();
      case "run": {
        waiting?.rows.return?.();
        waiting = null;
        const statement = db.prepare<Value[]>(request.sql).safeIntegers();
        if (!statement.reader) return { kind: "done", changes: statement.run().changes };
        const columns = statement.columns().map((column) => column.name);
        waiting = { columns, rows: statement.raw().iterate() };
        return nextRows();
      }
      case "silent": {
        let ran = 0;
        try {
          for (const sql of request.sqls) {
            const statement = db.prepare(sql);
            if (statement.reader) break;
            statement.run();
            ran++;
          }
        } catch (error) {
          return { kind: "ran", ran, error: wordsOf(error) };
        }
        return { kind: "ran", ran };
      }
      case "insert": {
        const statement = db.prepare(request.sql);
        for (const row of request.rows) statement.run(row);
        return { kind: "done", changes: request.rows.length };
      }
      case "close":
        db.close();
        return { kind: "done", changes: 0 };
    }
  };

  port.on("message", (request: Request) => {
    let reply: Reply;
    try {
      reply = answer(request);
    } catch (error) {
      waiting = null;
      reply = { kind: "failed", error: wordsOf(error) };
    }
    send(reply);
    if (request.kind === "close") port.close();
  });
  send({ kind: "ready" });
}

function wordsOf(error: unknown): ErrorWords {
  if (error instanceof SqliteError) {
    const { message, code, line, column, hint } = error;
    return { message, code, line, column, hint };
  }
  return { message: error instanceof Error ? error.message : String(error) };
}
