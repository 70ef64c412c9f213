// A lake's table and its files: compaction, room for what comes, rows that are too large.
import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import {
  local,
  call,
  name,
  space,
  sql,
  source,
  lakeTable,
  within,
  flushed,
  pump,
  losingCommits,
  load,
} from "./streaming.ts";

describe("a table of the lake", () => {
  it("compacts small files, and finds their rows again", async () => {
    await sql("CREATE TABLE t (id INTEGER PRIMARY KEY, v INT)");
    await call("POST", `db/${name}/stream`, { namespace: space });
    const files = async (): Promise<number> => {
      const { metadata } = await call("GET", `catalog/v1/main/namespaces/${space}/tables/t`);
      const { summary } = metadata.snapshots.at(-1);
      return Number(summary["total-data-files"]);
    };
    const rows = async (): Promise<number> => (await sql("SELECT count(*) FROM t"))[0][0];
    const flushes = async (n: number): Promise<void> => {
      for (let i = 0; i < n; i++) {
        await sql("INSERT INTO t (v) SELECT 1 FROM generate_series(1, 10)");
        await pump();
        await flushed("t");
      }
    };
    const alarm = (): Promise<boolean> => runDurableObjectAlarm(lakeTable("t") as never);
    await flushes(9);
    const before = await files();
    expect(before).toBeGreaterThan(8);
    await alarm();
    expect(await files()).toBe(1);
    expect((await load("t")).records).toBe(await rows());
    await sql("DELETE FROM t WHERE id % 9 = 0; UPDATE t SET v = 2 WHERE id % 7 = 0");
    await pump();
    expect((await load("t")).records).toBe(await rows());
    // The answer to a compaction's commit is lost: it is found when the table is flushed.
    await flushes(9);
    await within(lakeTable("t"), async (object: any) => {
      const broken = losingCommits(object, "after");
      const said = vi.spyOn(console, "error").mockImplementation(() => undefined);
      await object.alarm();
      expect(String(said.mock.calls)).toContain("connection was lost");
      said.mockRestore();
      broken.mockRestore();
    });
    await sql("DELETE FROM t WHERE id % 5 = 0; UPDATE t SET v = 3 WHERE id % 4 = 0");
    await pump();
    await flushed("t").catch(() => undefined);
    expect((await load("t")).records).toBe(await rows());
    expect(await files()).toBeLessThan(5);
    await sql("DELETE FROM t WHERE id % 2 = 0");
    await pump();
    expect((await load("t")).records).toBe(await rows());
  });

  it("makes one file of large ones in parts, and leaves none of them when it fails", async () => {
    await sql("CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB)");
    await call("POST", `db/${name}/stream`, { namespace: space });
    await sql("INSERT INTO t (v) VALUES (NULL)");
    await pump();
    await load("t");
    const target = { "write.target-file-size-bytes": "25000000" };
    const table = `catalog/v1/main/namespaces/${space}/tables/t`;
    const updates = [{ action: "set-properties", updates: target }];
    expect((await call("POST", table, { requirements: [], updates })).status).toBe(200);
    for (let i = 0; i < 3; i++) {
      await sql("INSERT INTO t (v) SELECT randomblob(1000) FROM generate_series(1, 6500)");
      while (await pump()) if ((await source().lakeStatus())[0].behind === false) break;
      await flushed("t");
    }
    const last = async (): Promise<Record<string, string>> =>
      (await call("GET", table)).metadata.snapshots.at(-1).summary;
    expect(await last()).toMatchObject({ "total-data-files": "4", "total-records": "19501" });
    const aborted: string[] = [];
    const uploads = (object: any): Promise<string | null> =>
      object.ctx.storage.sql.exec("SELECT value FROM facts WHERE name = 'uploads'").toArray()[0]
        ?.value ?? null;
    // The parts from the second on are lost.
    const breaking = (object: any, broken: () => Promise<never>): { mockRestore: () => void }[] => {
      const { LAKE } = object.env;
      const [begin, resume] = [LAKE.createMultipartUpload, LAKE.resumeMultipartUpload];
      return [
        vi.spyOn(LAKE, "createMultipartUpload").mockImplementation(async (key: unknown) => {
          const upload = await begin.call(LAKE, key);
          return {
            uploadId: upload.uploadId,
            uploadPart: (number: number, bytes: Uint8Array) =>
              number === 1 ? upload.uploadPart(1, bytes) : broken(),
          };
        }),
        vi.spyOn(LAKE, "resumeMultipartUpload").mockImplementation((key: unknown, id: unknown) => ({
          abort: async () => {
            await resume.call(LAKE, key, id).abort();
            aborted.push(String(id));
          },
        })),
      ];
    };
    const said = vi.spyOn(console, "error").mockImplementation(() => undefined);
    await within(lakeTable("t"), async (object: any) => {
      const broken = breaking(object, () => Promise.reject(new Error("the part was lost")));
      await object.alarm();
      expect(String(said.mock.calls)).toContain("the part was lost");
      await vi.waitFor(() => expect(aborted.length).toBe(1));
      expect(uploads(object)).toBeNull();
      broken.forEach((each) => each.mockRestore());
    });
    expect(await last()).toMatchObject({ operation: "append", "total-data-files": "4" });
    // It is tried again, later each time.
    await within(lakeTable("t"), async (object: any, state) => {
      const now = Date.now();
      const wait = async (): Promise<number> =>
        ((await state.storage.getAlarm()) ?? 0) - Date.now();
      expect(await wait()).toBeGreaterThan(50_000);
      said.mockClear();
      await object.alarm();
      expect(said, "not before its time").not.toHaveBeenCalled();
      expect(await wait()).toBeGreaterThan(50_000);
      const clock = vi.spyOn(Date, "now").mockImplementation(() => now + 60_000);
      const broken = breaking(object, () => Promise.reject(new Error("lost again")));
      await object.alarm();
      expect(String(said.mock.calls)).toContain("lost again");
      expect(await wait()).toBeGreaterThan(110_000);
      broken.forEach((each) => each.mockRestore());
      clock.mockRestore();
    });
    said.mockRestore();
    await evictDurableObject(lakeTable("t") as never);
    // What a crash left is given up by the next compaction, which goes through.
    await within(lakeTable("t"), async (object: any, state) => {
      const upload = await local.LAKE!.createMultipartUpload(`${space}/t-lost`);
      const stored = JSON.stringify([{ file: `s3://lake/${upload.key}`, id: upload.uploadId }]);
      state.storage.sql.exec("INSERT INTO facts VALUES ('uploads', ?)", stored);
      await object.alarm();
      expect(uploads(object), "they became a file").toBeNull();
      await vi.waitFor(() => expect(upload.uploadPart(1, "x")).rejects.toThrow());
    });
    expect(await last()).toMatchObject({ operation: "replace", "total-data-files": "2" });
    const { objects } = await local.LAKE!.list({ prefix: `${space}/t-`, limit: 1000 });
    const [large, ...more] = objects.filter((o) => o.size > 16_000_000);
    expect(more).toEqual([]);
    expect(large.etag).toMatch(/-3$/);
    await sql("DELETE FROM t WHERE id % 1000 = 1; UPDATE t SET v = 'x' WHERE id % 1000 = 2");
    await pump();
    expect((await load("t")).records).toBe(19481);
  });

  it("lets a batch wait for room instead of sending it away", async () => {
    await sql("CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB); INSERT INTO t (v) VALUES (NULL)");
    await call("POST", `db/${name}/stream`, { namespace: space });
    await pump();
    await load("t");
    const status = async (): Promise<unknown> => (await source().lakeStatus())[0];
    // A flush that does not come to its end, and more than the lake keeps behind it.
    const slow = async (end: () => Promise<unknown>): Promise<{ mockRestore: () => void }> => {
      const spy = await within(lakeTable("t"), (object: any) => {
        const { LAKE } = object.env;
        const put = LAKE.put;
        return vi.spyOn(LAKE, "put").mockImplementation(async (...given: unknown[]) => {
          await end();
          return put.apply(LAKE, given);
        });
      });
      for (let i = 0; i < 5; i++)
        await sql("INSERT INTO t (v) SELECT randomblob(1000) FROM generate_series(1, 8000)");
      return spy;
    };
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const first = await slow(() => released);
    const pumping = pump();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(await status(), "it waits there").toMatchObject({ behind: true, state: "streams" });
    release();
    await pumping;
    await vi.waitFor(async () => expect(await status()).toMatchObject({ behind: false }), 5000);
    expect(await status()).toMatchObject({ state: "streams" });
    first.mockRestore();
    expect((await load("t")).records).toBe(40_001);
    // Where the flush fails it is sent away, and comes again.
    const said = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const second = await slow(() => Promise.reject(new Error("R2 is away")));
    await pump();
    await vi.waitFor(async () => expect(await status()).toMatchObject({ state: "waits" }), 5000);
    second.mockRestore();
    await vi.waitFor(async () => {
      await pump();
      expect(await status()).toMatchObject({ behind: false, state: "streams" });
    }, 20_000);
    said.mockRestore();
    expect((await load("t")).records).toBe(80_001);
  });

  it("takes rows of 4 MB, and says so where one has more", async () => {
    await sql("CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB)");
    await call("POST", `db/${name}/stream`, { namespace: space });
    const status = async (): Promise<unknown> => (await source().lakeStatus())[0];
    for (let i = 1; i <= 3; i++) await sql(`INSERT INTO t VALUES (${i}, randomblob(4000000))`);
    await vi.waitFor(async () => {
      await pump();
      expect(await status()).toMatchObject({ behind: false, state: "streams" });
    }, 20_000);
    expect((await load("t")).records).toBe(3);
    await sql("INSERT INTO t VALUES (4, randomblob(5000000))");
    await pump();
    await vi.waitFor(async () => expect(await status()).toMatchObject({ state: "failed" }), 5000);
    expect(((await status()) as { why: string }).why).toMatch(
      /a row of t has 50\d{5} bytes, and the lake takes 4 MB at most/,
    );
    expect((await load("t")).records).toBe(3);
    // Without the row, begun anew.
    await sql("DELETE FROM t WHERE id = 4");
    await call("DELETE", `db/${name}/stream`);
    await call("POST", `db/${name}/stream`, { namespace: space });
    await vi.waitFor(async () => {
      await pump();
      expect(await status()).toMatchObject({ behind: false, state: "streams" });
    }, 20_000);
    expect((await load("t")).records).toBe(3);
  });
});
