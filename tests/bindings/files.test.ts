import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FileHost } from "../../bindings/node/file-host.ts";
import { FileLock } from "../../bindings/node/file-lock.ts";
import { LogFile } from "../../bindings/node/log-file.ts";
import {
  EXTENT_BYTES,
  LOG_SLOTS,
  ROW_BYTES_MAX,
  RowKind,
} from "../../bindings/storage/page-host.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "dosql-files-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const row = (n: number, size = 100): Uint8Array =>
  new Uint8Array(size).map((_, i) => (n * 31 + i) & 255);

describe("a log file", () => {
  const open = (): LogFile => new LogFile(join(folder, "log"));

  it("gives back the later row of a slot, also after reopening", () => {
    const log = open();
    log.put(1, row(1));
    log.put(2, row(2, 5000));
    log.put(1, row(3, 7));
    expect(log.get(1)).toEqual(row(3, 7));
    log.close();
    const again = open();
    expect(again.get(1)).toEqual(row(3, 7));
    expect(again.get(2)).toEqual(row(2, 5000));
    expect(again.get(3)).toBeNull();
    again.close();
  });

  it("loses a torn tail and nothing else, and goes on behind the good part", () => {
    const log = open();
    log.put(1, row(1));
    log.put(2, row(2));
    log.close();
    const path = join(folder, "log");
    const whole = statSync(path).size;
    for (const cut of [whole - 1, whole - 99, whole - 101, whole - 115]) {
      truncateSync(path, cut);
      const torn = open();
      expect(torn.get(1)).toEqual(row(1));
      expect(torn.get(2)).toBeNull();
      torn.put(2, row(2));
      torn.close();
      expect(statSync(path).size).toBe(whole);
      const again = open();
      expect(again.get(2)).toEqual(row(2));
      again.close();
    }
    appendFileSync(path, "rubbish that is no frame");
    const noisy = open();
    expect(noisy.get(2)).toEqual(row(2));
    noisy.put(3, row(3));
    noisy.close();
    const last = open();
    expect(last.get(3)).toEqual(row(3));
    last.close();
  });

  it("is emptied when all rows are older than what is needed", () => {
    const log = open();
    for (let seq = 1; seq <= 10; seq++) log.put(seq % LOG_SLOTS, row(seq));
    log.trim(10);
    expect(log.get(9)).toBeNull();
    expect(log.get(10)).toEqual(row(10));
    log.trim(11);
    expect(log.get(10)).toBeNull();
    log.close();
    expect(statSync(join(folder, "log")).size).toBe(0);
  });

  it("trims across the ring's end", () => {
    const log = open();
    const last = LOG_SLOTS * 2 + 3;
    for (let seq = last - 9; seq <= last; seq++) log.put(seq % LOG_SLOTS, row(seq));
    log.trim(last - 5);
    const alive = (seq: number): boolean => log.get(seq % LOG_SLOTS) !== null;
    expect([last - 9, last - 6, last - 5, last].map(alive)).toEqual([false, false, true, true]);
    log.close();
  });

  it("is written anew when most of it is garbage", () => {
    const log = open();
    for (let seq = 1; seq <= 40; seq++) {
      log.put(seq, row(seq, 1_000_000));
      log.sync();
    }
    log.trim(39);
    expect(statSync(join(folder, "log")).size).toBeLessThan(3_000_000);
    log.put(41, row(41));
    log.close();
    expect(readdirSync(folder)).toEqual(["log"]);
    const again = open();
    expect(again.get(38)).toBeNull();
    expect(again.get(39)).toEqual(row(39, 1_000_000));
    expect(again.get(41)).toEqual(row(41));
    again.close();
  });
});

describe("a file host", () => {
  const open = (): FileHost => new FileHost(join(folder, "db"));

  it("keeps superblocks, extents and log rows", () => {
    const host = open();
    expect(host.get(RowKind.Super, 0)).toBeNull();
    expect(host.get(RowKind.Super, 1)).toBeNull();
    expect(host.get(RowKind.Extent, 0)).toBeNull();
    host.put(RowKind.Super, 1, row(1, 600));
    host.put(RowKind.Extent, 3, row(2, EXTENT_BYTES));
    host.put(RowKind.Extent, 0, row(4, EXTENT_BYTES / 2));
    host.put(RowKind.Log, 7, row(3));
    host.sync();
    host.close();
    const again = open();
    expect(again.get(RowKind.Super, 0)).toBeNull();
    expect(again.get(RowKind.Super, 1)).toEqual(row(1, 600));
    expect(again.get(RowKind.Extent, 3)).toEqual(row(2, EXTENT_BYTES));
    expect(again.get(RowKind.Extent, 0)?.subarray(0, EXTENT_BYTES / 2)).toEqual(
      row(4, EXTENT_BYTES / 2),
    );
    expect(again.get(RowKind.Extent, 4)).toBeNull();
    expect(again.getPart(RowKind.Extent, 3, 8192, 8192)).toEqual(
      row(2, EXTENT_BYTES).subarray(8192, 16_384),
    );
    expect(again.getPart(RowKind.Extent, 4, 8192, 8192)).toHaveLength(0);
    expect(again.getPart(RowKind.Log, 7, 1, 2)).toEqual(row(3).subarray(1, 3));
    expect(again.get(RowKind.Log, 7)).toEqual(row(3));
    again.close();
    expect(readFileSync(join(folder, "db")).length).toBe(5 * EXTENT_BYTES);
  });

  it("puts under a condition", () => {
    const host = open();
    host.put(RowKind.Log, 1, row(1));
    const put = (head: Uint8Array, pred = 1): boolean =>
      host.putIf(RowKind.Log, 2, row(2), RowKind.Log, pred, head);
    expect(put(row(1).subarray(0, 16))).toBe(true);
    expect(put(row(9).subarray(0, 16))).toBe(false);
    expect(put(row(1).subarray(0, 16), 5)).toBe(false);
    host.close();
  });

  it("refuses rows that the platform would refuse", () => {
    const host = open();
    expect(() => host.put(RowKind.Log, 1, new Uint8Array(ROW_BYTES_MAX + 1))).toThrow(RangeError);
    host.put(RowKind.Log, 1, new Uint8Array(ROW_BYTES_MAX));
    expect(() => host.put(RowKind.Super, 0, new Uint8Array(5000))).toThrow(RangeError);
    expect(() => host.put(RowKind.Extent, 0, new Uint8Array(EXTENT_BYTES + 1))).toThrow(RangeError);
    host.close();
  });

  it("is for one at a time", () => {
    const host = open();
    expect(open).toThrow(expect.objectContaining({ code: "Busy", sqliteCode: "SQLITE_BUSY" }));
    host.close();
    open().close();
    expect(existsSync(join(folder, "db-lock"))).toBe(false);
  });
});

describe("a file lock", () => {
  const path = (): string => join(folder, "lock");

  it("of a process that is gone is taken over", () => {
    const gone = spawnSync(process.execPath, ["-e", ""]).pid;
    writeFileSync(path(), JSON.stringify({ pid: gone, started: "1", token: "x" }));
    new FileLock(path()).release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("of a process whose id came again is taken over", () => {
    if (!existsSync("/proc/self/stat")) return;
    writeFileSync(path(), JSON.stringify({ pid: process.pid, started: "1", token: "x" }));
    new FileLock(path()).release();
  });

  it("that is no lock of ours is taken over", () => {
    writeFileSync(path(), "");
    new FileLock(path()).release();
  });

  it("held by another living process stays", () => {
    const script = `
      import { FileLock } from ${JSON.stringify(new URL("../../bindings/node/file-lock.ts", import.meta.url).href)};
      try { new FileLock(${JSON.stringify(path())}); console.log("locked"); } catch (e) { console.log(e.code); }`;
    const other = (): string =>
      spawnSync(process.execPath, ["--input-type=module", "-e", script], {
        encoding: "utf8",
      }).stdout.trim();
    const lock = new FileLock(path());
    expect(other()).toBe("Busy");
    lock.release();
    // The other one ends without a release: its lock is stale.
    expect(other()).toBe("locked");
    expect(existsSync(path())).toBe(true);
    new FileLock(path()).release();
    expect(readdirSync(folder)).toEqual([]);
  });
});
