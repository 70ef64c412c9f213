import { DoSQL } from "../../durable-objects/index.ts";
import {
  billedTransaction,
  billedTransactionTable,
  cases,
  growBig,
  randomCommits,
} from "./cases.ts";
import { RowKind } from "../../bindings/storage/page-host.ts";
import { fill, type Side } from "./sides.ts";
import { insertLines } from "./tpch-rows.ts";
import { storageVariants } from "./storage-variants.ts";

interface Env {
  BENCH: DurableObjectNamespace<Bench>;
}

// A TPC-H query of over a minute has a plan to be ashamed of.
const QUERY_MS_MAX = 60_000;

/** What storage was asked for since the last look. */
export interface Bill {
  rowsWritten: number;
  platformRowsWritten: number;
  log: number;
  extents: number;
  checkpoints: number;
  logBytes: number;
}

/** One object class for both sides: DoSQL beside the object's own SQLite. */
export class Bench extends DoSQL<Env> {
  #side(name: string): Side {
    const { storage } = this.ctx;
    if (name === "dosql") {
      return {
        name,
        sync: this.storage.sync,
        sql: this.sql,
        transaction: (body) => this.sql.transactionSync(body),
      };
    }
    return {
      name: "sqlite",
      sync: () => storage.sync(),
      sql: storage.sql,
      transaction: (body) => storage.transactionSync(body),
    };
  }

  #bill(): Bill {
    const { meter } = this.host;
    const [, checkpoints, log, extents] = meter.writtenByKind;
    return {
      rowsWritten: meter.rowsWritten,
      platformRowsWritten: meter.platformRowsWritten,
      log,
      extents,
      checkpoints,
      logBytes: meter.bytesByKind[RowKind.Log],
    };
  }

  #billSince(before: Bill): Bill {
    const now = this.#bill();
    return {
      rowsWritten: now.rowsWritten - before.rowsWritten,
      platformRowsWritten: now.platformRowsWritten - before.platformRowsWritten,
      log: now.log - before.log,
      extents: now.extents - before.extents,
      checkpoints: now.checkpoints - before.checkpoints,
      logBytes: now.logBytes - before.logBytes,
    };
  }

  async command(name: string, q: URLSearchParams, body: string): Promise<unknown> {
    const number = (key: string): number => Number(q.get(key) ?? 0);
    const side = this.#side(q.get("side") ?? "dosql");
    switch (name) {
      case "fill":
        fill(side);
        await side.sync();
        return { bytes: this.ctx.storage.sql.databaseSize, memory: this.engine.memoryBytes };
      case "case": {
        const it = cases[q.get("case") ?? ""];
        it.prepare?.(side);
        await side.sync();
        const n = number("n") || it.operations;
        const bill = this.#bill();
        const started = performance.now();
        const answer = await it.run(side, n, number("round"));
        const ms = performance.now() - started;
        return { ms, n, answer, bill: this.#billSince(bill) };
      }
      case "sql":
        return { sql: cases[q.get("case") ?? ""].title };
      case "open": {
        // The caller times this call: the object's first.
        return side.sql.exec(q.get("sql") ?? "SELECT 1 AS one").toArray();
      }
      case "memory":
        this.engine.open();
        return { memory: this.engine.memoryBytes, storage: this.ctx.storage.sql.databaseSize };
      case "bill-transactions": {
        billedTransactionTable(side);
        await side.sync();
        const bill = this.#bill();
        for (let i = 0; i < number("n"); i++) {
          billedTransaction(side, i);
          await side.sync();
        }
        this.engine.checkpoint();
        await side.sync();
        return this.#billSince(bill);
      }
      case "bill-transactions-sqlite": {
        billedTransactionTable(side);
        const { sql } = this.ctx.storage;
        let rows = 0;
        const counted: Side = {
          ...side,
          sql: {
            exec: (query, ...bindings) => {
              const cursor = sql.exec(query, ...bindings);
              rows += cursor.rowsWritten;
              return cursor;
            },
          },
        };
        for (let i = 0; i < number("n"); i++) billedTransaction(counted, i);
        return { rowsWritten: rows };
      }
      case "grow": {
        const bill = this.#bill();
        growBig(side, number("from"), number("to"));
        await side.sync();
        return { bytes: this.ctx.storage.sql.databaseSize, bill: this.#billSince(bill) };
      }
      case "random-commits": {
        const bill = this.#bill();
        await randomCommits(side, number("rows"), number("n"), number("seed"));
        return { bill: this.#billSince(bill), bytes: this.ctx.storage.sql.databaseSize };
      }
      case "checkpoint":
        this.engine.checkpoint();
        await side.sync();
        return this.#bill();
      case "tpch-exec":
        side.sql.exec(body).toArray();
        await side.sync();
        return {};
      case "tpch-load": {
        const [table, types] = [q.get("table") ?? "", q.get("types") ?? ""];
        let rows = 0;
        side.transaction(() => {
          rows = insertLines(side.sql, table, types, body);
        });
        await side.sync();
        return { rows };
      }
      case "tpch-query": {
        if (side.name === "dosql") this.engine.setDeadline((Date.now() + QUERY_MS_MAX) * 1000);
        try {
          // Warm: once untimed. The clock ticks in milliseconds: what is quick runs often.
          let rows: object[] = side.sql.exec(body).toArray();
          const started = performance.now();
          const { rowsRead } = this.host.meter;
          let [runs, ms] = [0, 0];
          for (; runs === 0 || (ms < 50 && runs < 50); ms = performance.now() - started) {
            rows = side.sql.exec(body).toArray();
            runs++;
          }
          const extents = (this.host.meter.rowsRead - rowsRead) / runs;
          return { ms: ms / runs, extents, rows: rows.map((row) => Object.values(row)) };
        } finally {
          if (side.name === "dosql") this.engine.setDeadline(0);
        }
      }
      case "storage-variants":
        return storageVariants(this.ctx);
      default:
        throw new Error(`no command ${name}`);
    }
  }

  override async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const body = request.method === "POST" ? await request.text() : "";
    return Response.json(await this.command(url.pathname.slice(1), url.searchParams, body));
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const url = new URL(request.url);
    const name = url.searchParams.get("object");
    if (name === null) return new Response("benchmark");
    try {
      return await env.BENCH.get(env.BENCH.idFromName(name)).fetch(request);
    } catch (error) {
      return new Response(error instanceof Error ? (error.stack ?? error.message) : String(error), {
        status: 500,
      });
    }
  },
} satisfies ExportedHandler<Env>;
