import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
} from "node:fs";
import { syncFolder, writeAll } from "./file-steps.ts";
import { LOG_SLOTS } from "../storage/page-host.ts";

/**
 * LogFile: the rows of the log's ring in a file that is only appended to. Little-endian:
 *
 *   file  := frame*
 *   frame := u32 magic "DSL1", u32 slot, u32 size, u32 check, u8[size] row
 *
 * `check` is an FNV-1a hash of the 12 bytes before it. The later frame of a slot counts. A frame
 * that is cut off or has a wrong head ends the log: what follows was never synced. (The row's own
 * checksum is the engine's business.)
 */
const MAGIC = 0x314c5344;
const HEAD = 16;
// A file with this much garbage, more than is alive, is written anew.
const COMPACT_BYTES = 16 << 20;

interface Place {
  offset: number;
  size: number;
}

export class LogFile {
  readonly #path: string;
  #fd: number;
  #end = 0;
  #places = new Map<number, Place>();
  #lastSlot = -1;
  #dirty = false;

  /** Opens or creates; with `readonly` a file that is not there is an empty one. */
  constructor(path: string, readonly = false) {
    this.#path = path;
    this.#fd = readonly ? openIfThere(path) : openSync(path, "a+");
    if (this.#fd !== NO_FILE) this.#scan(readonly);
  }

  get(slot: number): Uint8Array | null {
    const place = this.#places.get(slot);
    return place === undefined ? null : this.#read(place);
  }

  put(slot: number, row: Uint8Array): void {
    this.#append(slot, row);
    this.#lastSlot = slot;
  }

  sync(): void {
    if (!this.#dirty) return;
    fsyncSync(this.#fd);
    this.#dirty = false;
  }

  /**
   * Rows before log sequence number `sequence` are no longer needed (slot = sequence mod LOG_SLOTS;
   * the last appended row is the newest). Truncates when that is all of them.
   */
  trim(sequence: number): void {
    if (this.#lastSlot < 0) return;
    const alive = (this.#lastSlot - (sequence % LOG_SLOTS) + 1 + LOG_SLOTS) % LOG_SLOTS;
    if (alive === 0) {
      ftruncateSync(this.#fd, 0);
      this.#places.clear();
      this.#end = 0;
      this.#dirty = true;
      return;
    }
    let bytes = 0;
    for (const [slot, place] of this.#places) {
      const age = (this.#lastSlot - slot + LOG_SLOTS) % LOG_SLOTS;
      if (age >= alive) this.#places.delete(slot);
      else bytes += HEAD + place.size;
    }
    if (this.#end - bytes > Math.max(COMPACT_BYTES, bytes)) this.#compact();
  }

  close(): void {
    this.sync();
    if (this.#fd !== NO_FILE) closeSync(this.#fd);
  }

  #append(slot: number, row: Uint8Array): void {
    const frame = Buffer.allocUnsafe(HEAD + row.length);
    frame.writeUInt32LE(MAGIC, 0);
    frame.writeUInt32LE(slot, 4);
    frame.writeUInt32LE(row.length, 8);
    frame.writeUInt32LE(checkOf(frame), 12);
    frame.set(row, HEAD);
    writeAll(this.#fd, frame, null);
    this.#places.set(slot, { offset: this.#end + HEAD, size: row.length });
    this.#end += frame.length;
    this.#dirty = true;
  }

  #read({ offset, size }: Place): Uint8Array {
    const row = new Uint8Array(size);
    const got = readSync(this.#fd, row, 0, size, offset);
    return got === size ? row : row.subarray(0, got);
  }

  #scan(readonly: boolean): void {
    const size = fstatSync(this.#fd).size;
    const head = Buffer.alloc(HEAD);
    let at = 0;
    while (at + HEAD <= size) {
      readSync(this.#fd, head, 0, HEAD, at);
      const slot = head.readUInt32LE(4);
      const rowBytes = head.readUInt32LE(8);
      const good = head.readUInt32LE(0) === MAGIC && head.readUInt32LE(12) === checkOf(head);
      if (!good || slot >= LOG_SLOTS || at + HEAD + rowBytes > size) break;
      this.#places.set(slot, { offset: at + HEAD, size: rowBytes });
      this.#lastSlot = slot;
      at += HEAD + rowBytes;
    }
    this.#end = at;
    // New frames must follow the good ones.
    if (at < size && !readonly) {
      ftruncateSync(this.#fd, at);
      this.#dirty = true;
    }
  }

  // The living rows into a new file, which replaces the old one once it is durable.
  #compact(): void {
    const fresh = `${this.#path}.new`;
    const old = this.#fd;
    const rows = [...this.#places]
      .sort(([, a], [, b]) => a.offset - b.offset)
      .map(([slot, place]) => ({ slot, row: this.#read(place) }));
    this.#fd = openSync(fresh, "w+");
    ftruncateSync(this.#fd, 0);
    this.#places = new Map();
    this.#end = 0;
    for (const { slot, row } of rows) this.#append(slot, row);
    this.sync();
    renameSync(fresh, this.#path);
    syncFolder(this.#path); // what is synced from now on must be found under this name
    closeSync(this.#fd);
    closeSync(old);
    this.#fd = openSync(this.#path, "a+");
  }
}

const NO_FILE = -1;

function openIfThere(path: string): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return NO_FILE;
  }
}

function checkOf(head: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < 12; i++) hash = Math.imul(hash ^ head[i], 0x01000193);
  return hash >>> 0;
}
