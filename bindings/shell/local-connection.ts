import { Worker } from "node:worker_threads";
import {
  StatementError,
  type Connection,
  type Outcome,
  type RowSink,
  type Value,
} from "./connection.ts";
import type { Reply, Request, ThreadData } from "./engine-thread.ts";

/** LocalConnection: a database in memory or in a file, in a thread of its own. */
export class LocalConnection implements Connection {
  readonly name: string;
  readonly #worker: Worker;
  readonly #interrupt: Int32Array;
  #settle: { resolve: (reply: Reply) => void; reject: (error: Error) => void } | null = null;

  /** Opens `path` (":memory:" for none) in a thread that runs `script`. */
  static async open(script: URL, path: string, readonly = false): Promise<LocalConnection> {
    const interrupt = new Int32Array(new SharedArrayBuffer(4));
    const workerData: ThreadData = { path, readonly, interrupt };
    const connection = new LocalConnection(path, new Worker(script, { workerData }), interrupt);
    try {
      await connection.#reply();
    } catch (error) {
      await connection.#worker.terminate();
      throw error;
    }
    return connection;
  }

  private constructor(name: string, worker: Worker, interrupt: Int32Array) {
    this.name = name;
    this.#worker = worker;
    this.#interrupt = interrupt;
    worker.on("message", (reply: Reply) => this.#settle?.resolve(reply));
    worker.on("error", (error) => this.#settle?.reject(error));
    worker.on("exit", () => this.#settle?.reject(new Error("the database's thread ended")));
  }

  async run(sql: string, sink?: RowSink): Promise<Outcome> {
    let reply = await this.#ask({ kind: "run", sql });
    while (reply.kind === "rows") {
      await sink?.(reply.columns, reply.rows);
      if (!reply.more) return { changes: 0 };
      reply = await this.#ask({ kind: "more" });
    }
    return { changes: reply.kind === "done" ? reply.changes : 0 };
  }

  async runSilent(sqls: readonly string[]): Promise<{ ran: number; error?: StatementError }> {
    const reply = await this.#ask({ kind: "silent", sqls });
    if (reply.kind !== "ran") return { ran: 0 };
    const { ran, error } = reply;
    return error === undefined ? { ran } : { ran, error: new StatementError(error) };
  }

  async insert(sql: string, rows: readonly Value[][]): Promise<void> {
    await this.#ask({ kind: "insert", sql, rows });
  }

  cancel(): void {
    if (this.#settle !== null) Atomics.store(this.#interrupt, 0, 1);
  }

  async close(): Promise<void> {
    await this.#ask({ kind: "close" });
  }

  async #ask(request: Request): Promise<Reply> {
    this.#worker.postMessage(request);
    return this.#reply();
  }

  async #reply(): Promise<Reply> {
    try {
      const reply = await new Promise<Reply>((resolve, reject) => {
        this.#settle = { resolve, reject };
      });
      if (reply.kind === "failed") throw new StatementError(reply.error);
      return reply;
    } finally {
      this.#settle = null;
      Atomics.store(this.#interrupt, 0, 0);
    }
  }
}
