import { DurableObject } from "cloudflare:workers";
import wasm from "../dist/dosql.wasm";
import { answerQuery, errorResponse } from "../bindings/rpc/http.ts";
import {
  runBatch,
  runQuery,
  type BatchAnswer,
  type Query,
  type QueryAnswer,
} from "../bindings/rpc/query.ts";
import { Engine } from "../bindings/sql/engine.ts";
import { Sql } from "../bindings/sql/sql-storage.ts";
import { ObjectHost } from "../bindings/storage/object-host.ts";

export interface DoSQLOptions {
  /** Bytes of the page cache; default 16 MB. */
  cacheBytes?: number;
  /** Bytes that the database may use in all. */
  budgetBytes?: number;
  /** How many statements stay compiled; default 256. */
  statements?: number;
}

/**
 * DoSQL: a Durable Object that is a SQL database. Use it as it is, or extend it and call `this.sql`
 * from methods of your own. Its class must be listed under `new_sqlite_classes`.
 *
 * The database lives in a private table of the object's storage; the object may use the rest of its
 * storage as it likes, but must not put writes to the database inside the storage's own
 * `transactionSync`: use `this.transactionSync`.
 */
export class DoSQL<Env = unknown> extends DurableObject<Env> {
  /** The database, in the shape of `ctx.storage.sql`. */
  protected readonly sql: Sql;
  /** What runs it. */
  protected readonly engine: Engine;
  /** Its rows in the object's storage, and their meter. */
  protected readonly host: ObjectHost;

  constructor(ctx: DurableObjectState, env: Env, options: DoSQLOptions = {}) {
    super(ctx, env);
    this.host = new ObjectHost(ctx);
    this.engine = new Engine({ ...options, module: wasm, host: this.host });
    this.sql = new Sql(this.engine, () => ctx.storage.sql.databaseSize);
  }

  /** Runs a statement; over RPC, too. */
  query(query: Query): QueryAnswer {
    return runQuery(this.engine, query);
  }

  /** Runs statements that happen all or not at all; over RPC, too. */
  batch(queries: readonly Query[]): BatchAnswer {
    return runBatch(this.engine, queries);
  }

  /** Runs `callback` in a transaction; it must not return a promise. Nests. */
  protected transactionSync<T>(callback: () => T): T {
    return this.sql.transactionSync(callback);
  }

  /** Writes all changed pages to storage and starts the log anew. */
  checkpoint(): void {
    this.engine.checkpoint();
  }

  /** Walks everything that is stored; the list of what is wrong, empty when all is well. */
  integrityCheck(): string[] {
    const lines = runQuery(this.engine, { sql: "PRAGMA integrity_check" }).rows.map(([line]) =>
      String(line),
    );
    return lines.length === 1 && lines[0] === "ok" ? [] : lines;
  }

  /** POST /query with {sql, params} or {batch: [...]}; JSON both ways (bindings/rpc/json.ts). */
  override async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname !== "/query") {
      return errorResponse(404, { code: "NotFound", message: `nothing is at ${pathname}` });
    }
    return answerQuery(request, (body) =>
      "batch" in body ? this.batch(body.batch) : this.query(body),
    );
  }
}
