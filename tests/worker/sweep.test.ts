// Files that nothing names any more are removed from a fed table's location once they are old enough, and
// no other.
import { env } from "cloudflare:workers";
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import wasm from "../../dist/dolake.wasm";
import { DolakeModule } from "../../bindings/lake/dolake-module.ts";
import worker, { type Env } from "../../worker/index.ts";

// The types of stubs go too deep for the compiler.
/* eslint-disable @typescript-eslint/no-explicit-any */
const local: Env = { ...(env as Env), DOSQL_LOCAL: "1" };
const bucket = local.LAKE!;
const lake = new DolakeModule(wasm);
const ROOT = "s3://lake/";

async function call(method: string, path: string, body?: unknown): Promise<any> {
  const init: RequestInit = { method, headers: { "content-type": "application/json" } };
  if (body !== undefined) init.body = JSON.stringify(body);
  const response = await worker.fetch(new Request(`https://example.com/${path}`, init), local);
  const text = await response.text();
  expect(response.status, `${method} ${path}: ${text}`).toBeLessThan(300);
  return text === "" ? null : JSON.parse(text);
}

const key = (file: string): string => file.slice(ROOT.length);
const bytesOf = async (file: string): Promise<Uint8Array> =>
  new Uint8Array(await (await bucket.get(key(file)))!.arrayBuffer());

class Fed {
  readonly table: any;
  readonly source: any;
  readonly path: string;
  readonly name: string;

  constructor(name: string) {
    this.name = name;
    this.path = `catalog/v1/main/namespaces/${name}/tables/t`;
    const tables = local.TABLES as any;
    this.table = tables.get(tables.idFromName(JSON.stringify(["main", name, "t"])));
    this.source = local.DATABASES.get(local.DATABASES.idFromName(name));
  }
  sql(text: string): Promise<any> {
    return call("POST", `db/${this.name}/query`, { sql: text });
  }
  /** Writes reach the lake and are flushed. */
  async write(text: string): Promise<void> {
    await this.sql(text);
    await runDurableObjectAlarm(this.source);
    await this.table.flush();
  }
  async begin(): Promise<void> {
    await this.sql("CREATE TABLE t (id INTEGER PRIMARY KEY, v INT); INSERT INTO t VALUES (1, 1)");
    await call("POST", `db/${this.name}/stream`, { namespace: this.name });
    await runDurableObjectAlarm(this.source);
    await this.table.flush();
  }
  async commit(...updates: unknown[]): Promise<void> {
    await call("POST", this.path, { requirements: [], updates });
  }
  load(): Promise<any> {
    return call("GET", this.path);
  }
  /** The alarm that a batch has set: a flush, and the sweep behind it. */
  async care(): Promise<void> {
    await vi.waitFor(async () => expect(await runDurableObjectAlarm(this.table)).toBe(true), 5000);
  }
}

/** All that the metadata names, each file of which is there. */
async function named({ metadata, "metadata-location": at }: any): Promise<string[]> {
  const files = new Set<string>([at]);
  for (const old of metadata["metadata-log"] ?? []) files.add(old["metadata-file"]);
  for (const snapshot of metadata.snapshots) {
    files.add(snapshot["manifest-list"]);
    for (const manifest of lake.texts("named_files", await bytesOf(snapshot["manifest-list"]))) {
      files.add(manifest);
      for (const file of lake.texts("named_files", await bytesOf(manifest))) {
        files.add(file);
        expect(await bucket.head(key(file)), file).not.toBeNull();
      }
    }
  }
  return [...files].sort();
}

async function stored(location: string): Promise<string[]> {
  const { objects } = await bucket.list({ prefix: `${key(location)}/` });
  return objects.map((o) => ROOT + o.key).sort();
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
const GRACE = "dolake.orphan-grace-ms";
const set = (updates: Record<string, string>) => ({ action: "set-properties", updates });

describe("files that nothing names", () => {
  it("go, and every snapshot still has its own", async () => {
    const fed = new Fed("swept");
    await fed.begin();
    await fed.commit(set({ [GRACE]: "0", "write.metadata.previous-versions-max": "2" }));
    for (let i = 2; i < 8; i++)
      await fed.write(`INSERT INTO t VALUES (${i}, 1); UPDATE t SET v = ${i} WHERE id = 1`);
    // A commit that fails leaves its files.
    await fed.sql("INSERT INTO t VALUES (50, 1)");
    await runDurableObjectAlarm(fed.source);
    await (runInDurableObject as any)(fed.table, async (object: any) => {
      const { CATALOG } = object.env;
      const get = CATALOG.get.bind(CATALOG);
      const broken = vi.spyOn(CATALOG, "get").mockImplementation((id: unknown) => ({
        loadFeed: (feed: string) => get(id).loadFeed(feed),
        commitFeed: () => Promise.resolve({ status: 500, why: "no", exists: false }),
      }));
      await expect(object.flush()).rejects.toThrow(/refused/);
      broken.mockRestore();
    });
    // Somebody tags one snapshot and expires others; one writer dies before its commit.
    const { metadata } = await fed.load();
    const ids = metadata.snapshots.map((s: any) => s["snapshot-id"]);
    const texts = JSON.stringify(metadata.snapshots);
    expect(ids.length).toBeGreaterThan(6);
    await fed.commit({
      action: "set-snapshot-ref",
      "ref-name": "kept",
      type: "tag",
      "snapshot-id": ids[1],
    });
    await fed.commit({ action: "remove-snapshots", "snapshot-ids": [ids[0], ids[2], ids[3]] });
    expect(texts).toContain("manifest-list");
    for (const name of [
      "data/orphan.parquet",
      "metadata/orphan-m0.avro",
      "metadata/v1.metadata.json",
    ])
      await bucket.put(`${key(metadata.location)}/${name}`, "x");
    await pause();
    const before = await stored(metadata.location);
    await fed.write("INSERT INTO t VALUES (60, 1)");
    await pause();
    await fed.care();
    const now = await fed.load();
    const after = await stored(metadata.location);
    expect(after.length).toBeLessThan(before.length);
    expect(after).toEqual(await named(now));
    expect(now.metadata.snapshots.map((s: any) => s["snapshot-id"])).toContain(ids[1]);
    expect(now.metadata["metadata-log"]).toHaveLength(2);
    // The next flush finds what it needs.
    await fed.write("DELETE FROM t WHERE id = 1");
    const { metadata: last } = await fed.load();
    const total = last.snapshots.at(-1).summary;
    const rows = (await fed.sql("SELECT count(*) FROM t")).rows[0][0];
    expect(Number(total["total-records"]) - Number(total["total-position-deletes"])).toBe(rows);
  });

  it("stay while they are young, where others lie, and where the table says so", async () => {
    const fed = new Fed("unswept");
    await fed.begin();
    const { metadata } = await fed.load();
    const orphan = `${key(metadata.location)}/data/orphan.parquet`;
    await bucket.put(orphan, "x");
    await pause();
    const cared = async (i: number): Promise<void> => {
      await fed.write(`INSERT INTO t VALUES (${i}, 1)`);
      await fed.care();
      expect(await bucket.head(orphan), String(i)).not.toBeNull();
    };
    await cared(2);
    await fed.commit(set({ [GRACE]: "0", "gc.enabled": "false" }));
    await cared(3);
    await fed.commit(set({ "gc.enabled": "true" }));
    const { "metadata-location": file } = await fed.load();
    const at = "catalog/v1/main/namespaces/unswept";
    await call("POST", `${at}/register`, { name: "twin", "metadata-location": file });
    await cared(4);
    await call("DELETE", `${at}/tables/twin`);
    await fed.commit({ action: "set-location", location: "s3://lake/unswept" });
    await cared(5);
    await fed.commit({ action: "set-location", location: metadata.location });
    await fed.write("INSERT INTO t VALUES (6, 1)");
    await fed.care();
    expect(await bucket.head(orphan)).toBeNull();
  });
});
