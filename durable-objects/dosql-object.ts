import { DurableObject } from "cloudflare:workers";
import wasm from "../dist/dosql.wasm";
import { ARRAYS, answerRequest, runBatch, runQuery, type Answer } from "../bindings/rpc/query.ts";
import type { Query, WireAnswer, WireRequest } from "../bindings/rpc/wire.ts";
import { Engine } from "../bindings/sql/engine.ts";
import { Sql } from "../bindings/sql/sql-storage.ts";
import type { SqlValue } from "../bindings/sql/value.ts";
import { sqlStorage } from "./object-storage.ts";
import { ObjectHost } from "../bindings/storage/object-host.ts";

/** The answer to a query: rows as arrays, in the order of `columns`. */
export type QueryAnswer = Answer<SqlValue[][]>;

export interface BatchAnswer {
  results: QueryAnswer[];
}

export interface DoSQLOptions {
  /** Bytes of the page cache; default 16 MB. */
  cacheBytes?: number;
  /** Bytes that the database may use in all. */
  budgetBytes?: number;
  /** How many statements stay compiled; default 256. */
  statements?: number;
  /** Where the database's rows are, in place of the object's own table for them. */
  host?: ObjectHost;
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
  /**
   * The object's storage with this database for its SQL: `sql`, `transactionSync` and `sync` are
   * the database's, the rest is the platform's. For libraries that take a DurableObjectStorage.
   */
  protected readonly storage: DurableObjectStorage;
  /** What runs it. */
  protected readonly engine: Engine;
  /** Its rows in the object's storage, and their meter. */
  protected readonly host: ObjectHost;

  constructor(ctx: DurableObjectState, env: Env, options: DoSQLOptions = {}) {
    super(ctx, env);
    this.host = options.host ?? new ObjectHost(ctx);
    this.engine = new Engine({ ...options, module: wasm, host: this.host });
    this.sql = new Sql(this.engine, () => ctx.storage.sql.databaseSize);
    this.storage = sqlStorage(ctx.storage, this.sql, this.engine);
  }

  /** Runs a statement; over RPC, too. */
  query(query: Query): QueryAnswer {
    return runQuery(this.engine, query, ARRAYS);
  }

  /** Runs statements that happen all or not at all; over RPC, too. */
  batch(queries: readonly Query[]): BatchAnswer {
    return { results: runBatch(this.engine, queries, ARRAYS) };
  }

  /** What `connect` of the entry `dosql` and the Worker's HTTP door call. */
  runQueries(request: WireRequest): WireAnswer {
    return answerRequest(this.engine, request, () => this.sql.databaseSize);
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
    const lines = this.query({ sql: "PRAGMA integrity_check" }).rows.map(String);
    return lines.length === 1 && lines[0] === "ok" ? [] : lines;
  }
}
