import type { FlushInput } from "../bindings/lake/lake-table.ts";

/** The flush that is under way, and up to which batch it goes. */
export interface Intent extends FlushInput {
  through: number;
}

/** A compaction that may be committed: by its plan the table finds its rows then. */
export interface StoredCompaction {
  entropy: Uint8Array;
  plan: Uint8Array;
  /** Paths of its files. */
  files: string[];
}

export interface StoredBatch {
  seq: number;
  position: Uint8Array;
  batch: Uint8Array;
}

// One storage row holds 2 MB at most, keys and positions included.
const CHUNK_BYTES = 1_900_000;

/**
 * BatchStore: the batches that a lake table has taken and not yet flushed, a row each, and the flush
 * under way, in the object's storage. Synchronous: what is written in a turn counts together.
 */
export class BatchStore {
  readonly #sql: SqlStorage;
  #last = 0;

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql;
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS batches (seq INTEGER NOT NULL, chunk INTEGER NOT NULL, position BLOB NOT NULL,
        data BLOB NOT NULL, PRIMARY KEY (seq, chunk)) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS intent (id INTEGER PRIMARY KEY, entropy BLOB NOT NULL, now INTEGER NOT NULL,
        location TEXT NOT NULL, uuid TEXT NOT NULL, through INTEGER NOT NULL, spec INTEGER NOT NULL DEFAULT 0,
        sort_order INTEGER NOT NULL DEFAULT 0, properties TEXT NOT NULL DEFAULT '');
      CREATE TABLE IF NOT EXISTS compaction (id INTEGER PRIMARY KEY, entropy BLOB NOT NULL, plan BLOB NOT NULL,
        files TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);`);
    // Flushes of older code knew no other layout.
    const columns = this.#sql.exec("SELECT name FROM pragma_table_info('intent')").toArray();
    if (!columns.some(({ name }) => name === "spec")) {
      this.#sql.exec("ALTER TABLE intent ADD COLUMN spec INTEGER NOT NULL DEFAULT 0");
      this.#sql.exec("ALTER TABLE intent ADD COLUMN sort_order INTEGER NOT NULL DEFAULT 0");
      this.#sql.exec("ALTER TABLE intent ADD COLUMN properties TEXT NOT NULL DEFAULT ''");
    }
    const [row] = this.#sql.exec<{ last: number | null }>("SELECT max(seq) AS last FROM batches");
    this.#last = Math.max(row.last ?? 0, this.intent()?.through ?? 0);
  }

  /** The number of the batch that came last. */
  get last(): number {
    return this.#last;
  }

  add(batch: Uint8Array, position: Uint8Array): void {
    this.#last++;
    for (let at = 0, chunk = 0; at < batch.length; at += CHUNK_BYTES, chunk++) {
      const part = batch.subarray(at, at + CHUNK_BYTES);
      this.#sql.exec(
        "INSERT INTO batches VALUES (?, ?, ?, ?)",
        this.#last,
        chunk,
        chunk === 0 ? position : new Uint8Array(),
        part,
      );
    }
  }

  /** Batches with numbers above `after`, up to `through`, in their order; one is read at a time. */
  *after(after: number, through: number): Generator<StoredBatch> {
    const numbers = this.#sql
      .exec<{ seq: number }>(
        "SELECT DISTINCT seq FROM batches WHERE seq > ? AND seq <= ? ORDER BY seq",
        after,
        through,
      )
      .toArray();
    for (const { seq } of numbers) {
      const rows = this.#sql
        .exec<{
          position: ArrayBuffer;
          data: ArrayBuffer;
        }>("SELECT position, data FROM batches WHERE seq = ? ORDER BY chunk", seq)
        .toArray();
      const size = rows.reduce((sum, { data }) => sum + data.byteLength, 0);
      const batch = new Uint8Array(size);
      let at = 0;
      for (const { data } of rows) {
        batch.set(new Uint8Array(data), at);
        at += data.byteLength;
      }
      yield { seq, position: new Uint8Array(rows[0].position), batch };
    }
  }

  intent(): Intent | null {
    const [row] = this.#sql.exec("SELECT * FROM intent");
    if (row === undefined) return null;
    return {
      entropy: new Uint8Array(row.entropy as ArrayBuffer),
      now: row.now as number,
      location: row.location as string,
      uuid: row.uuid as string,
      through: row.through as number,
      specId: row.spec as number,
      sortOrderId: row.sort_order as number,
      writeProperties: row.properties as string,
    };
  }

  setIntent(intent: Intent): void {
    const { entropy, now, location, uuid, through, specId, sortOrderId, writeProperties } = intent;
    this.#sql.exec(
      "INSERT OR REPLACE INTO intent VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)",
      entropy,
      now,
      location,
      uuid,
      through,
      specId,
      sortOrderId,
      writeProperties,
    );
  }

  /** The flush counts: its batches are of no more use. */
  finish({ through }: Intent): void {
    this.#sql.exec("DELETE FROM batches WHERE seq <= ?", through);
    this.#sql.exec("DELETE FROM intent");
  }

  compaction(): StoredCompaction | null {
    const [row] = this.#sql.exec("SELECT * FROM compaction");
    if (row === undefined) return null;
    return {
      entropy: new Uint8Array(row.entropy as ArrayBuffer),
      plan: new Uint8Array(row.plan as ArrayBuffer),
      files: JSON.parse(row.files as string) as string[],
    };
  }

  setCompaction(compaction: StoredCompaction | null): void {
    if (compaction === null) this.#sql.exec("DELETE FROM compaction");
    else {
      const { entropy, plan, files } = compaction;
      this.#sql.exec(
        "INSERT INTO compaction VALUES (1, ?, ?, ?)",
        entropy,
        plan,
        JSON.stringify(files),
      );
    }
  }

  fact(name: string): string | null {
    const [row] = this.#sql.exec<{ value: string }>("SELECT value FROM facts WHERE name = ?", name);
    return row?.value ?? null;
  }

  setFact(name: string, value: string | null): void {
    if (value === null) this.#sql.exec("DELETE FROM facts WHERE name = ?", name);
    else this.#sql.exec("INSERT OR REPLACE INTO facts VALUES (?, ?)", name, value);
  }
}
