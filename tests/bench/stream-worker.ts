import { DurableObject } from "cloudflare:workers";
import { advance } from "../../bindings/changes/index.ts";
import type { LakeTableEnv } from "../../durable-objects/dolake-table.ts";
import worker, {
  DoLakeCatalog as Catalog,
  DoLakeTable as Table,
  DoSQL as Database,
  type Env as WorkerEnv,
} from "../../worker/index.ts";

interface Env extends WorkerEnv {
  RELAY: DurableObjectNamespace<Relay>;
}

/** What the platform bills an object for: rows by its own count, each alarm that is set as one. */
interface Bill {
  rows: number;
  alarmsSet: number;
  alarmsRun: number;
}

// By object, for as long as the process: one that is idle is evicted, and comes back.
const bills = new Map<string, Bill>();

function meter({ storage, id }: DurableObjectState): Bill {
  const bill = bills.get(id.toString()) ?? { rows: 0, alarmsSet: 0, alarmsRun: 0 };
  bills.set(id.toString(), bill);
  const { sql } = storage;
  const exec = sql.exec.bind(sql) as (...a: unknown[]) => SqlStorageCursor<never>;
  const setAlarm = storage.setAlarm.bind(storage);
  Object.assign(sql, {
    exec(...given: unknown[]) {
      const cursor = exec(...given);
      bill.rows += cursor.rowsWritten;
      return cursor;
    },
  });
  Object.assign(storage, {
    setAlarm(...given: Parameters<typeof setAlarm>) {
      bill.rows++;
      bill.alarmsSet++;
      return setAlarm(...given);
    },
  });
  return bill;
}

export class DoSQL extends Database {
  readonly #bill: Bill;
  #batches: Uint8Array[] = [];
  #holds = false;

  constructor(ctx: DurableObjectState, env: Env) {
    const bill = meter(ctx);
    super(ctx, env);
    this.#bill = bill;
  }

  override async alarm(): Promise<void> {
    this.#bill.alarmsRun++;
    return this.#holds ? undefined : super.alarm();
  }

  /** Keeps what is committed from the lake, then lets it go. */
  hold(holds: boolean): void {
    this.#holds = holds;
    if (!holds) void super.alarm();
  }

  makeSlots(count: number): void {
    for (let i = 0; i < count; i++)
      this.query({ sql: `CREATE REPLICATION SLOT s${i} FOR TABLE t${i % 10}` });
  }

  bill(): Bill {
    return { ...this.#bill };
  }

  /** Keeps a slot's batches for `relay`; their number and bytes. */
  collect(slot: string): { batches: number; bytes: number } {
    const read = "SELECT batch, position FROM replication_batch(?, 1048576)";
    for (;;) {
      const [row] = this.query({ sql: read, params: [slot] }).rows as ArrayBuffer[][];
      if (row === undefined) break;
      const [batch, position] = row.map((blob) => new Uint8Array(blob).slice());
      this.#batches.push(batch);
      this.query({ sql: advance(slot, position) });
    }
    return {
      batches: this.#batches.length,
      bytes: this.#batches.reduce((sum, { length }) => sum + length, 0),
    };
  }

  /** The same bytes through an object that does nothing but put them into the bucket. */
  async relay(atOnce: number): Promise<void> {
    const { RELAY } = this.env as Env;
    const relay = RELAY.get(RELAY.idFromName("relay"));
    for (let i = 0; i < this.#batches.length; i += atOnce)
      await Promise.all(this.#batches.slice(i, i + atOnce).map((batch) => relay.take(batch)));
  }
}

export class DoLakeTable extends Table<LakeTableEnv> {
  readonly #bill: Bill;

  constructor(ctx: DurableObjectState, env: LakeTableEnv) {
    const bill = meter(ctx);
    super(ctx, env);
    this.#bill = bill;
  }

  override async alarm(): Promise<void> {
    this.#bill.alarmsRun++;
    return super.alarm();
  }

  bill(): Bill {
    return { ...this.#bill };
  }
}

export class DoLakeCatalog extends Catalog<LakeTableEnv> {
  readonly #bill: Bill;

  constructor(ctx: DurableObjectState, env: LakeTableEnv) {
    const bill = meter(ctx);
    super(ctx, env);
    this.#bill = bill;
  }

  bill(): Bill {
    return { ...this.#bill };
  }

  /** Rows of a fed table's current snapshot, without the flush that a reader's load asks for. */
  async peek(feed: string): Promise<number> {
    const found = await this.loadFeed(feed);
    if (found === null) return 0;
    const current = /"current-snapshot-id":(\d+)/.exec(found.metadata)?.[1];
    const at = found.metadata.lastIndexOf(`"snapshot-id":${current}`);
    const totals = [...found.metadata.matchAll(/"total-records":"(\d+)"/g)];
    return at < 0 ? 0 : Math.max(0, ...totals.map(([, count]) => Number(count)));
  }
}

export class Relay extends DurableObject<Env> {
  #count = 0;

  async take(batch: Uint8Array): Promise<void> {
    await this.env.LAKE!.put(`relay/${this.#count++}`, batch);
  }
}

/** POST /bench with {namespace, name, method, parameters} calls an object of this Worker. */
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    if (new URL(request.url).pathname !== "/bench") return worker.fetch(request, env);
    const { namespace, name, method, parameters } = (await request.json()) as {
      namespace: "DATABASES" | "TABLES" | "CATALOG";
      name: string;
      method: string;
      parameters: unknown[];
    };
    const objects = env[namespace] as unknown as DurableObjectNamespace;
    // Without waking anybody.
    if (method === "bills") return Response.json([...bills.values()]);
    if (method === "id") return Response.json(objects.idFromName(name).toString());
    const stub = objects.get(objects.idFromName(name)) as unknown as Record<
      string,
      (...parameters: unknown[]) => Promise<unknown>
    >;
    return Response.json((await stub[method](...parameters)) ?? null);
  },
} satisfies ExportedHandler<Env>;
