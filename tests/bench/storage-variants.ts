/**
 * The two ways to keep a database's rows in an object's storage, timed: a private table of blobs and
 * the synchronous key-value interface. bindings/storage keeps the faster one. Rows are overwritten,
 * as the log's ring and reused extents are. The disk's own time (sync) is left out: it is the same
 * bytes either way.
 */
export interface VariantTimes {
  bytes: number;
  /** Microseconds an operation, the median of the rounds. */
  tablePut: number;
  tableGet: number;
  kvPut: number;
  kvGet: number;
}

const KEYS = 64;
const ROUNDS = 7;

export async function storageVariants(ctx: DurableObjectState): Promise<VariantTimes[]> {
  const { sql, kv } = ctx.storage;
  sql.exec("CREATE TABLE IF NOT EXISTS variant (id INTEGER PRIMARY KEY, data BLOB NOT NULL)");
  const put =
    "INSERT INTO variant (id, data) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET data = excluded.data";
  const results: VariantTimes[] = [];
  for (const bytes of [200, 4096, 16_384, 131_072, 1_000_000]) {
    const operations = Math.max(KEYS, Math.min(5000, Math.floor(50_000_000 / bytes)));
    const data = new Uint8Array(bytes).map((_, i) => (i * 31) & 255);
    const ways: Record<Exclude<keyof VariantTimes, "bytes">, (i: number) => unknown> = {
      tablePut: (i) => sql.exec(put, i, data),
      tableGet: (i) => sql.exec("SELECT data FROM variant WHERE id = ?", i).next(),
      kvPut: (i) => kv.put(`row${i}`, data),
      kvGet: (i) => kv.get(`row${i}`),
    };
    const times: Record<string, number[]> = {};
    for (let round = -1; round < ROUNDS; round++) {
      for (const [name, way] of Object.entries(ways)) {
        const started = performance.now();
        for (let i = 0; i < operations; i++) way(i % KEYS);
        const us = ((performance.now() - started) * 1000) / operations;
        await ctx.storage.sync();
        if (round >= 0) (times[name] ??= []).push(us); // the first fills the rows
      }
    }
    const median = (name: string): number => times[name].sort((a, b) => a - b)[ROUNDS >> 1];
    results.push({
      bytes,
      tablePut: median("tablePut"),
      tableGet: median("tableGet"),
      kvPut: median("kvPut"),
      kvGet: median("kvGet"),
    });
  }
  return results;
}
