import { closeSync, fsyncSync, openSync, readSync } from "node:fs";
import {
  EXTENT_BYTES,
  RowKind,
  beginsWith,
  checkRowSize,
  type PageHost,
} from "../storage/page-host.ts";
import { DoSQLError } from "../sql/error.ts";
import { FileLock } from "./file-lock.ts";
import { LogFile } from "./log-file.ts";
import { syncFolder, writeAll } from "./file-steps.ts";

/**
 * FileHost: a database in two files, and a third that locks them.
 *
 *   PATH       superblock n (0 or 1) at n * 4096: u32 magic "DSF1", u32 size, the row;
 *              extent n at (n + 1) * 128 KB. The rest of the first 128 KB is empty.
 *   PATH-log   the log (log-file.ts)
 *   PATH-lock  who has it open (file-lock.ts)
 *
 * An extent's size is not kept: a short row reads back with whatever lay behind it, which the
 * engine's checksums allow for.
 */
const MAGIC = 0x31465344;
const SUPER_STRIDE = 4096;
const SUPER_HEAD = 8;

export interface FileHostOptions {
  /** The file must exist and is only read: puts are refused. */
  readonly?: boolean;
  /** How long to wait for the lock, in milliseconds; default not at all. */
  waitMs?: number;
}

export class FileHost implements PageHost {
  readonly faultModel = 1;
  readonly #lock: FileLock | null;
  readonly #readonly: boolean;
  readonly #fd: number;
  readonly #log: LogFile;
  #dirty = false;

  /** Opens or creates. Throws DoSQLError (Busy) when another connection holds the files. */
  constructor(path: string, { readonly = false, waitMs = 0 }: FileHostOptions = {}) {
    this.#readonly = readonly;
    this.#lock = lockFor(path, readonly, waitMs);
    try {
      this.#fd = readonly ? openSync(path, "r") : openForUpdate(path);
      this.#checkFormat();
      this.#log = new LogFile(`${path}-log`, readonly);
      if (!readonly) syncFolder(path);
    } catch (error) {
      this.#lock?.release();
      throw error;
    }
  }

  get(kind: number, number: number): Uint8Array | null {
    switch (kind) {
      case RowKind.Log:
        return this.#log.get(number);
      case RowKind.Super: {
        const slot = this.#read(number * SUPER_STRIDE, SUPER_STRIDE);
        if (slot.length < SUPER_HEAD) return null;
        const head = new DataView(slot.buffer, slot.byteOffset, SUPER_HEAD);
        if (head.getUint32(0, true) !== MAGIC) return isZero(slot) ? null : slot;
        return slot.subarray(SUPER_HEAD, SUPER_HEAD + head.getUint32(4, true));
      }
      default: {
        const row = this.#read((number + 1) * EXTENT_BYTES, EXTENT_BYTES);
        return row.length === 0 ? null : row;
      }
    }
  }

  getPart(kind: number, number: number, from: number, size: number): Uint8Array | null {
    if (kind === RowKind.Extent) return this.#read((number + 1) * EXTENT_BYTES + from, size);
    return this.get(kind, number)?.subarray(from, from + size) ?? null;
  }

  put(kind: number, number: number, data: Uint8Array): void {
    if (this.#readonly) throw new Error("the file is open for reading only");
    checkRowSize(data);
    if (kind === RowKind.Log) return this.#log.put(number, data);
    this.#dirty = true;
    if (kind === RowKind.Super) {
      if (data.length > SUPER_STRIDE - SUPER_HEAD)
        throw new RangeError("a superblock of over 4 KB");
      const slot = new Uint8Array(SUPER_STRIDE);
      const head = new DataView(slot.buffer);
      head.setUint32(0, MAGIC, true);
      head.setUint32(4, data.length, true);
      slot.set(data, SUPER_HEAD);
      writeAll(this.#fd, slot, number * SUPER_STRIDE);
    } else {
      if (data.length > EXTENT_BYTES) throw new RangeError("an extent of over 128 KB");
      writeAll(this.#fd, data, (number + 1) * EXTENT_BYTES);
    }
  }

  putIf(
    kind: number,
    number: number,
    data: Uint8Array,
    predKind: number,
    predNumber: number,
    head: Uint8Array,
  ): boolean {
    const pred = this.get(predKind, predNumber);
    if (pred === null || !beginsWith(pred, head)) return false;
    this.put(kind, number, data);
    return true;
  }

  sync(): void {
    if (this.#dirty) {
      fsyncSync(this.#fd);
      this.#dirty = false;
    }
    this.#log.sync();
  }

  scheduleEndTurn(): void {
    throw new Error("a file has no turns");
  }

  trimLog(sequence: number): void {
    this.#log.trim(sequence);
  }

  close(): void {
    this.sync();
    this.#log.close();
    closeSync(this.#fd);
    this.#lock?.release();
  }

  // Before anything is written beside or into somebody else's file.
  #checkFormat(): void {
    const heads = [0, 1].map((n) => this.#read(n * SUPER_STRIDE, SUPER_STRIDE));
    const known = ({ buffer, byteLength }: Uint8Array): boolean =>
      byteLength >= 4 && new DataView(buffer).getUint32(0, true) === MAGIC;
    if (heads.some(known) || heads.every(isZero)) return;
    const sqlite = Buffer.from(heads[0].subarray(0, 15)).toString("latin1") === "SQLite format 3";
    throw new DoSQLError("NotADatabase", "file is not a database", {
      hint: sqlite
        ? "it is SQLite's; DoSQL's format is its own, but reads what sqlite3's .dump writes"
        : undefined,
    });
  }

  #read(position: number, size: number): Uint8Array {
    const bytes = new Uint8Array(size);
    let done = 0;
    while (done < size) {
      const got = readSync(this.#fd, bytes, done, size - done, position + done);
      if (got === 0) break;
      done += got;
    }
    return bytes.subarray(0, done);
  }
}

// In a folder where nothing can be written a reader goes without.
function lockFor(path: string, readonly: boolean, waitMs: number): FileLock | null {
  try {
    return new FileLock(`${path}-lock`, waitMs);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (readonly && (code === "EACCES" || code === "EPERM" || code === "EROFS")) return null;
    throw error;
  }
}

function openForUpdate(path: string): number {
  try {
    return openSync(path, "r+");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return openSync(path, "wx+");
  }
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((b) => b === 0);
}
