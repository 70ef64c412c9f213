// A compaction of 72 MB of files in the lake's module: what it makes, and what memory it takes.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { compact } from "../../bindings/lake/compact.ts";
import { DolakeModule } from "../../bindings/lake/dolake-module.ts";
import { LakeTable, type FlushInput } from "../../bindings/lake/lake-table.ts";
import Database from "../../bindings/node/index.ts";
import { MemoryHost } from "../../bindings/storage/memory-host.ts";
import { advance } from "../../bindings/changes/index.ts";

const MB = 1 << 20;
const wasm = new WebAssembly.Module(
  readFileSync(new URL("../../dist/dolake.wasm", import.meta.url)),
);
const random = (): Uint8Array => crypto.getRandomValues(new Uint8Array(72));
const NOTHING = new Uint8Array();

/** A database, the lake's table that follows it, its catalog and its bucket. */
class Lake {
  readonly db = new Database();
  readonly bucket = new Map<string, Uint8Array>();
  readonly table = new LakeTable(wasm, new MemoryHost(0), "t");
  readonly catalog = new DolakeModule(wasm);
  metadata = "";
  path = "";
  commits = 0;

  constructor() {
    this.db.exec(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INT, v BLOB); INSERT INTO t VALUES (0, 0, x''); CREATE REPLICATION SLOT lake FOR TABLE t WITH COPY",
    );
    this.flush();
  }

  commit(body: string): void {
    [this.metadata] = this.catalog.texts(
      "apply_commit",
      this.metadata,
      this.path,
      body,
      "",
      String(Date.now()),
    );
    this.path = `s3://lake/t/metadata/${++this.commits}.json`;
  }

  get state() {
    const { manifestList } = this.table.facts(this.metadata);
    return {
      metadata: this.metadata,
      path: this.path,
      manifestList: this.bucket.get(manifestList) ?? NOTHING,
    };
  }

  flush(): { rows: number; deletes: number } {
    for (;;) {
      const row = this.db
        .prepare("SELECT batch, position FROM replication_batch('lake', 1000000)")
        .get() as any;
      if (row === undefined) break;
      expect(this.table.take(row.batch, row.position)).toMatchObject({ outcome: "taken", why: "" });
      this.db.exec(advance("lake", row.position));
    }
    const input: FlushInput = {
      entropy: random(),
      now: Date.now(),
      location: "s3://lake/t",
      uuid: crypto.randomUUID(),
      ...this.table.status().layout,
    };
    const { commit, files, rows, deletes } = this.table.flush(input);
    for (const { path, bytes } of files) this.bucket.set(path, bytes);
    this.commit(commit);
    this.table.committed(this.metadata, this.path);
    return { rows, deletes };
  }
}

it("takes less than 32 MB, and finds the rows again", async () => {
  const lake = new Lake();
  for (let i = 0; i < 9; i++) {
    expect(lake.table.toCompact()).toEqual([]);
    lake.db.exec(
      `INSERT INTO t SELECT value, value % 1000, randomblob(100) FROM generate_series(${i * 75000 + 1}, ${i * 75000 + 75000})`,
    );
    lake.flush();
  }
  lake.db.exec("DELETE FROM t WHERE id % 1000 = 5");
  expect(lake.flush().deletes).toBe(675);
  const paths = lake.table.toCompact();
  expect(paths.length).toBe(9);
  const size = paths.reduce((sum, path) => sum + lake.bucket.get(path)!.length, 0);
  expect(size).toBeGreaterThan(64 * MB);

  const module = new DolakeModule(wasm);
  module.texts("metadata_facts", lake.metadata, NOTHING);
  const resident = module.memoryBytes;
  const made = new Map<string, Uint8Array[]>();
  let most = 0;
  const began = performance.now();
  const { commit, plan, files } = await compact(module, lake.state, paths, random(), {
    async read(path, from = 0, to) {
      const bytes = lake.bucket.get(path)!.subarray(from, to);
      most = Math.max(most, bytes.length);
      return bytes;
    },
    async write(path, bytes) {
      made.set(path, [...(made.get(path) ?? []), bytes]);
    },
  });
  const taken = module.memoryBytes - resident;
  console.log(
    `compacted ${(size / MB).toFixed(1)} MB in ${((performance.now() - began) / 1000).toFixed(1)} s, ${(taken / MB).toFixed(1)} MB over ${(resident / MB).toFixed(1)}, reading ${(most / MB).toFixed(1)} MB at most`,
  );
  expect(taken).toBeLessThanOrEqual(32 * MB);
  expect(made.size).toBe(1);
  for (const [path, pieces] of made) {
    expect(pieces.length).toBeGreaterThan(9);
    lake.bucket.set(path, Buffer.concat(pieces));
  }
  for (const { path, bytes } of files) lake.bucket.set(path, bytes);
  lake.commit(commit);
  lake.table.compacted(plan, lake.state);
  expect(lake.table.toCompact()).toEqual([]);
  const { snapshots } = JSON.parse(lake.metadata);
  expect(snapshots.at(-1).summary).toMatchObject({
    operation: "replace",
    "total-data-files": "2",
    "total-records": String(675001 - 675),
    "total-position-deletes": "0",
  });
  lake.db.exec("UPDATE t SET n = -1 WHERE id % 10000 = 1; DELETE FROM t WHERE id % 10000 = 2");
  expect(lake.flush()).toEqual({ rows: 68, deletes: 136 });
  lake.db.close();
});
