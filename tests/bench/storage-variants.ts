/**
 * The two ways to keep a database's rows in an object's storage, timed: a private table of blobs and
 * the synchronous key-value interface. bindings/storage keeps the faster one.
 */
export interface VariantTimes {
  bytes: number;
  /** Microseconds an operation. */
  tablePut: number;
  tableGet: number;
  kvPut: number;
  kvGet: number;
}

const KEYS = 64;

export async function storageVariants(ctx: DurableObjectState): Promise<VariantTimes[]> {
  const { sql, kv } = ctx.storage;
  sql.exec("CREATE TABLE IF NOT EXISTS variant (id INTEGER PRIMARY KEY, data BLOB NOT NULL)");
  const results: VariantTimes[] = [];
  for (const bytes of [200, 4096, 16_384, 131_072, 1_000_000]) {
    const operations = Math.max(64, Math.min(5000, Math.floor(100_000_000 / bytes)));
    const data = new Uint8Array(bytes).map((_, i) => (i * 31) & 255);
    const time = async (operation: (i: number) => unknown): Promise<number> => {
      const started = performance.now();
      for (let i = 0; i < operations; i++) operation(i % KEYS);
      await ctx.storage.sync();
      return ((performance.now() - started) * 1000) / operations;
    };
    const put =
      "INSERT INTO variant (id, data) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET data = excluded.data";
    results.push({
      bytes,
      tablePut: await time((i) => sql.exec(put, i, data)),
      tableGet: await time((i) => sql.exec("SELECT data FROM variant WHERE id = ?", i).next()),
      kvPut: await time((i) => kv.put(`row${i}`, data)),
      kvGet: await time((i) => kv.get(`row${i}`)),
    });
  }
  return results;
}
