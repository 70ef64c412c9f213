// A database that streams to the lake, from its door to the catalog: what the tests of streams share.
// Each test has a database and a namespace of its own.
import { env } from "cloudflare:workers";
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { beforeEach, expect, vi } from "vitest";
import type { DoLakeTable } from "../../durable-objects/dolake-table.ts";
import type { LakeSource } from "../../durable-objects/lake-source.ts";
import worker, { type Env } from "../../worker/index.ts";

export const local: Env = { ...(env as Env), DOSQL_LOCAL: "1" };
export const tables = local.TABLES!;

export async function call(method: string, path: string, body?: unknown): Promise<any> {
  const init: RequestInit = { method };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { "content-type": "application/json" };
  }
  const response = await worker.fetch(new Request(`https://example.com/${path}`, init), local);
  const text = await response.text();
  return { status: response.status, ...(text === "" ? {} : JSON.parse(text)) };
}

let count = 0;
export let name: string;
export let space: string;
beforeEach(() => {
  name = `db${++count}`;
  space = `shop${count}`;
});

export const sql = async (text: string, db = name): Promise<any> => {
  const answer = await call("POST", `db/${db}/query`, { sql: text });
  expect(answer.error, text).toBeUndefined();
  return answer.rows;
};
export const source = (db = name): DurableObjectStub<LakeSource> =>
  local.DATABASES.get(local.DATABASES.idFromName(db)) as unknown as DurableObjectStub<LakeSource>;
export const lakeTable = (table: string): DurableObjectStub<DoLakeTable> =>
  tables.get(
    tables.idFromName(JSON.stringify(["main", space, table])),
  ) as unknown as DurableObjectStub<DoLakeTable>;
// The types of stubs go too deep for the compiler.
export const within = runInDurableObject as unknown as <T>(
  stub: unknown,
  body: (object: any, state: DurableObjectState) => T | Promise<T>,
) => Promise<T>;
/** A flush as a promise of its own. */
export const flushed = async (table: string): Promise<void> => {
  await lakeTable(table).flush();
};
/** Pushes what is there, now. */
export const pump = (db = name): Promise<boolean> => runDurableObjectAlarm(source(db) as never);
/** Until the lake has a first snapshot of the table. */
export const there = (table: string): Promise<void> =>
  vi.waitFor(
    async () =>
      expect(
        (await call("GET", `catalog/v1/main/namespaces/${space}/tables/${table}`)).status,
      ).toBe(200),
    5000,
  );

/** The lake table's connection to its catalog breaks at each commit, before or after it. */
export function losingCommits(object: any, lost: "before" | "after"): { mockRestore: () => void } {
  const { CATALOG } = object.env;
  const get = CATALOG.get.bind(CATALOG);
  return vi.spyOn(CATALOG, "get").mockImplementation((id: unknown) => {
    const stub = get(id);
    return {
      loadFeed: (feed: string) => stub.loadFeed(feed),
      async commitFeed(commit: unknown) {
        if (lost === "after") await stub.commitFeed(commit);
        throw new Error("the connection was lost");
      },
    };
  });
}

interface Counts {
  records: number;
  fields: string[];
  snapshots: number;
  location: string;
}
/** The lake's table as a reader loads it, which flushes it. */
export async function load(table: string): Promise<Counts> {
  await there(table);
  const { metadata } = await call("GET", `catalog/v1/main/namespaces/${space}/tables/${table}`);
  const current = metadata.snapshots.find(
    (s: any) => s["snapshot-id"] === metadata["current-snapshot-id"],
  );
  const schema = metadata.schemas.find(
    (s: any) => s["schema-id"] === metadata["current-schema-id"],
  );
  const total = (key: string): number => Number(current.summary[key] ?? 0);
  return {
    records: total("total-records") - total("total-position-deletes"),
    fields: schema.fields.map((f: any) => f.name),
    snapshots: metadata.snapshots.length,
    location: metadata.location,
  };
}
