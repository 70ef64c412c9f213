import { DurableObject } from "cloudflare:workers";
import wasm from "../dist/dolake.wasm";
import { DolakeModule, LakeError } from "../bindings/lake/dolake-module.ts";
import {
  FLUSH_ENTROPY_BYTES,
  LakeTable,
  type Flush,
  type TableState,
} from "../bindings/lake/lake-table.ts";
import { compact } from "../bindings/lake/compact.ts";
import { ObjectHost } from "../bindings/storage/object-host.ts";
import { BatchStore, type Intent } from "./batch-store.ts";
import type { CatalogEnv, DoLakeCatalog } from "./dolake-catalog.ts";
import { MetadataFiles } from "./metadata-files.ts";
import { NewFiles, type Upload } from "./new-files.ts";
import { currentSchema, layoutUpdates, newSchema, type LayoutOptions } from "./table-layout.ts";
import { graceOf, TableSweep, type SweepPlace } from "./table-sweep.ts";

export interface LakeTableEnv extends CatalogEnv {
  CATALOG: DurableObjectNamespace<DoLakeCatalog<CatalogEnv>>;
}

/** A table of the lake. */
export interface LakeTableName {
  warehouse: string;
  /** Its parts joined by 0x1F. */
  namespace: string;
  name: string;
  /** The sources' table that feeds it. */
  source: string;
}

export interface PushRequest {
  table: LakeTableName;
  /** A change batch (core/storage/cdc/change_batch_format.h), and its slot's word for the place. */
  batch: Uint8Array;
  position: Uint8Array;
  /** LayoutOptions as JSON, when somebody said them. */
  layout?: string;
}

export interface PushAnswer {
  /**
   * taken or repeated: advance the slot to `position`. gap: the batch does not begin where the lake
   * is, which is `position` (empty: it knows nothing of the source). back: the source's history went
   * another way. wait: try again later. refused: it never will be taken.
   */
  outcome: "taken" | "repeated" | "gap" | "back" | "wait" | "refused";
  position: Uint8Array;
  /** Also of what was taken: why files are not laid out as somebody said. */
  why: string;
}

export interface LakeTableStatus {
  table: LakeTableName | null;
  /** Bytes of rows that no snapshot has yet. */
  pendingBytes: number;
  sources: number;
  /** Values that did not fit their column and stand in _overflow. */
  misfits: number;
  /** Flushes that failed since the last one that did not, and why. */
  failures: number;
  error: string | null;
}

const FLUSH_BYTES = 8 << 20;
const FLUSH_AGE_MS = 3000;
// What a flush holds at once is about five times as much.
const WAIT_BYTES = 12 << 20;
// So many batches, mostly of 1 MB, wait here for room instead of coming again.
const WAITING_MAX = 4;
const LARGE_BYTES = 1.5 * 2 ** 20;
const WAIT_MS = 5000;
const RETRY_MS = 1000;
const RETRY_MS_MAX = 60_000;
const COMMITS_MAX = 10;
const SWEEP_EVERY_MS = 24 * 60 * 60 * 1000;
const SWEEP_STEPS = 5;
const COMPACT_AGAIN_MS = 1000;
const COMPACT_RETRY_MS = 60_000;
const COMPACT_RETRY_MS_MAX = 60 * 60 * 1000;
const NOTHING = new Uint8Array();

const backoff = (first: number, most: number, failures: number): number =>
  Math.min(most, first * 2 ** failures);

const isFull = (table: LakeTable, more: number): boolean => {
  const { pendingBytes } = table.status();
  // Large rows take more of a flush than small ones of as many bytes.
  const wanted = more > LARGE_BYTES ? 4 * more : more;
  return pendingBytes > 0 && pendingBytes + wanted > WAIT_BYTES;
};

/** What only a person can put right. */
class Hopeless extends Error {}

/**
 * DoLakeTable: one table of the lake, fed by any number of databases.
 *
 * A batch that is taken is a row of the object's storage before it is acknowledged. A flush (by
 * bytes, by age, or because a reader asks) writes files and commits them to the catalog; what it was
 * made of is stored before, so that after a crash the same flush is made again, and the catalog says
 * whether it counts already.
 */
export class DoLakeTable<Env extends LakeTableEnv = LakeTableEnv> extends DurableObject<Env> {
  #host: ObjectHost;
  #batches: BatchStore;
  readonly #files: MetadataFiles;
  #table: Promise<LakeTable> | null = null;
  #flushing: Promise<void> | null = null;
  #compacting: Promise<void> | null = null;
  // Compactions that failed since the last one that did not, and when the next may begin.
  #compactFailures = 0;
  #compactAfter = 0;
  #waiting = 0;
  #alarmSet = false;
  #stale = false;
  #sweep: TableSweep | null = null;
  #grace: number | null = SWEEP_EVERY_MS;
  #made = false;
  #failures = 0;
  #error: string | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#host = new ObjectHost(ctx);
    this.#batches = new BatchStore(ctx.storage);
    this.#files = new MetadataFiles(env.LAKE, env.LAKE_BUCKET ?? "lake");
  }

  /** Takes one batch of one source. */
  async push({ table: name, batch, position, layout }: PushRequest): Promise<PushAnswer> {
    if (this.#name() === null) this.#batches.setFact("table", JSON.stringify(name));
    if (layout !== undefined) this.#batches.setFact("layout", layout);
    const answer = (outcome: PushAnswer["outcome"], why: unknown): PushAnswer => ({
      outcome,
      position: NOTHING,
      why: why instanceof Error ? why.message : String(why),
    });
    let table: LakeTable;
    try {
      table = await this.#open();
      // None overtakes one that waits, or a large one would wait for ever.
      if (isFull(table, batch.length) || this.#waiting > 0) {
        if (this.#waiting >= WAITING_MAX) return answer("wait", "the lake is behind");
        table = await this.#room(batch.length);
      }
    } catch (error) {
      return answer(error instanceof Hopeless ? "refused" : "wait", error);
    }
    // From here to the end nothing waits.
    try {
      if (isFull(table, batch.length)) {
        this.ctx.waitUntil(this.flush().catch(() => undefined));
        return answer("wait", "the lake is behind");
      }
      const taken = table.take(batch, position);
      taken.why ||= this.#batches.fact("layout-why") ?? "";
      if (taken.outcome !== "taken") return taken;
      this.#batches.add(batch, position);
      if (table.status().pending) this.#flushLater(table);
      return { ...taken, position };
    } catch (error) {
      this.#table = null;
      return answer("refused", error);
    }
  }

  // The table once there is room for so many bytes, or when the time is over or a flush fails.
  async #room(bytes: number): Promise<LakeTable> {
    this.#waiting++;
    try {
      let late = false;
      const end = scheduler.wait(WAIT_MS).then(() => {
        late = true;
      });
      for (;;) {
        const flushing = this.#flushing ?? this.flush();
        await Promise.race([flushing.catch(() => (late = true)), end]);
        const table = await this.#open();
        if (late || !isFull(table, bytes)) return table;
      }
    } finally {
      this.#waiting--;
    }
  }

  /** Makes a snapshot of all that was taken before. */
  async flush(): Promise<void> {
    // One that is under way may have begun before the last batch.
    await this.#flushing?.catch(() => undefined);
    this.#flushing ??= this.#flushAll().finally(() => {
      this.#flushing = null;
    });
    return this.#flushing;
  }

  async status(): Promise<LakeTableStatus> {
    const counts = { pendingBytes: 0, sources: 0, misfits: 0 };
    try {
      const { pendingBytes, sources, misfits } = (await this.#open()).status();
      Object.assign(counts, { pendingBytes, sources, misfits });
    } catch (error) {
      this.#error ??= String(error);
    }
    return { table: this.#name(), ...counts, failures: this.#failures, error: this.#error };
  }

  /** Others committed to the table: how its files are laid out may be another now. */
  changed(): void {
    this.#stale = true;
  }

  /** Forgets all sources: each copies its table anew, into a table of its own if the old one is gone. */
  async forget(): Promise<void> {
    await this.#flushing?.catch(() => undefined);
    await this.#compacting;
    this.#table = null;
    this.#forgetCompaction();
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
    this.#alarmSet = false;
    this.#host = new ObjectHost(this.ctx);
    this.#batches = new BatchStore(this.ctx.storage);
  }

  override async alarm(): Promise<void> {
    this.#alarmSet = false;
    if (this.#name() === null) return;
    try {
      await this.flush();
      await this.#compact();
    } catch (error) {
      console.error(`the flush of ${this.#name()?.name} failed: ${String(error)}`);
      if (error instanceof Hopeless) return;
      this.#alarmSet = true;
      const delay = backoff(RETRY_MS, RETRY_MS_MAX, this.#failures);
      await this.ctx.storage.setAlarm(Date.now() + delay);
      return;
    }
    try {
      await this.#sweepSome();
    } catch (error) {
      // Tomorrow again.
      console.error(`sweeping ${this.#name()?.name} failed: ${String(error)}`);
      this.#sweep = null;
      this.#batches.setFact("sweep", null);
    }
  }

  // An alarm follows what was taken, so a table that nobody feeds is not swept.
  async #sweepSome(): Promise<void> {
    if (!this.#made || this.#batches.intent() !== null) return;
    const load = () => this.#catalog().loadFeed(this.#feed());
    const stored = this.#batches.fact("sweep");
    let place: SweepPlace | null = stored === null ? null : (JSON.parse(stored) as SweepPlace);
    if (place === null) {
      const now = Date.now();
      const last = Number(this.#batches.fact("swept") ?? 0);
      // A grace of less than a day asks for more than one sweep a day.
      if (this.#grace === null || now - last < Math.min(SWEEP_EVERY_MS, this.#grace)) return;
      place = { began: now, after: "" };
      this.#batches.setFact("swept", String(now));
    }
    this.#sweep ??= new TableSweep(new DolakeModule(wasm), this.#files);
    for (let i = 0; i < SWEEP_STEPS && place !== null; i++)
      place = await this.#sweep.step(place, load);
    if (place === null) {
      this.#sweep = null;
      if (stored !== null) this.#batches.setFact("sweep", null);
      return;
    }
    this.#batches.setFact("sweep", JSON.stringify(place));
    if (this.#alarmSet) return;
    this.#alarmSet = true;
    await this.ctx.storage.setAlarm(Date.now());
  }

  #name(): LakeTableName | null {
    const text = this.#batches.fact("table");
    return text === null ? null : (JSON.parse(text) as LakeTableName);
  }

  #catalog(): DurableObjectStub<DoLakeCatalog<CatalogEnv>> {
    const { CATALOG } = this.env;
    return CATALOG.get(CATALOG.idFromName(this.#name()!.warehouse));
  }

  // The alarm is there in any case: it flushes what a crash leaves.
  #flushLater(table: LakeTable): void {
    if (!this.#alarmSet) {
      this.#alarmSet = true;
      void this.ctx.storage.setAlarm(Date.now() + FLUSH_AGE_MS);
    }
    // A new table is to be found at once.
    const soon = !this.#made || table.status().pendingBytes >= FLUSH_BYTES;
    if (soon && this.#flushing === null) this.ctx.waitUntil(this.flush().catch(() => undefined));
  }

  async #open(): Promise<LakeTable> {
    // One that was dropped while this waited is of no use.
    for (;;) {
      const opening = (this.#table ??= this.#read());
      try {
        const table = await opening;
        if (this.#table === opening) return table;
      } catch (error) {
        if (this.#table === opening) this.#table = null;
        throw error;
      }
    }
  }

  async #read(): Promise<LakeTable> {
    const table = new LakeTable(wasm, this.#host, this.#name()!.source);
    const intent = this.#batches.intent();
    let from = 0;
    this.#made = table.made;
    // It may be there before its first flush counts.
    const state = await this.#state(table);
    if (state === null && table.made) throw new Hopeless("the lake's table was dropped");
    if (state !== null) table.use(state);
    const compaction = this.#batches.compaction();
    if (
      compaction !== null &&
      state !== null &&
      table.facts(state.metadata, compaction.entropy).flushed
    ) {
      table.compacted(compaction.plan, state);
      this.#forgetCompaction();
    }
    if (intent !== null) {
      this.#replay(table, 0, intent.through);
      await this.#finish(table, intent, state);
      from = intent.through;
    }
    this.#replay(table, from, this.#batches.last);
    return table;
  }

  #replay(table: LakeTable, after: number, through: number): void {
    for (const { batch, position } of this.#batches.after(after, through)) {
      const { outcome, why } = table.take(batch, position);
      if (outcome !== "taken") throw new Hopeless(`a stored batch is not taken again: ${why}`);
    }
  }

  // What the catalog has, or null: no table of this object's making.
  async #state(table: LakeTable): Promise<TableState | null> {
    const found = await this.#catalog().loadFeed(this.#feed());
    if (found === null) return null;
    const { manifestList: path } = table.facts(found.metadata);
    const manifestList = path === "" ? NOTHING : await this.#files.bytes(path);
    return { ...found, manifestList };
  }

  #feed(): string {
    return this.ctx.id.toString();
  }

  async #flushAll(): Promise<void> {
    await this.#compacting;
    try {
      await this.#layOut();
      if (this.#stale) this.#table = null;
      this.#stale = false;
      let table = await this.#open();
      const merge = await this.#toMerge(table);
      // One that was dropped meanwhile is of no use.
      table = await this.#open();
      if (table.status().pending) {
        const { namespace, name } = this.#name()!;
        const uuid = crypto.randomUUID();
        const intent: Intent = {
          entropy: crypto.getRandomValues(new Uint8Array(FLUSH_ENTROPY_BYTES)),
          now: Date.now(),
          location: this.#files.tableLocation(namespace, name, uuid),
          uuid,
          through: this.#batches.last,
          ...table.status().layout,
        };
        this.#batches.setIntent(intent);
        await this.#finish(table, intent, null, merge);
      }
      this.#failures = 0;
      this.#error = null;
    } catch (error) {
      this.#table = null;
      this.#failures++;
      this.#error = String(error);
      throw error;
    }
  }

  // What a stream's options say, once each time that they are said. A new table is made so.
  async #layOut(): Promise<void> {
    const layout = this.#batches.fact("layout");
    if (layout === null || this.#batches.intent() !== null) return;
    const catalog = this.#catalog();
    const { namespace, name } = this.#name()!;
    const found = await catalog.loadFeed(this.#feed());
    let schema, create;
    if (found !== null) {
      schema = currentSchema(found.metadata);
    } else {
      const table = await this.#open();
      if (this.#made || !table.status().pending) return;
      const uuid = crypto.randomUUID();
      const location = this.#files.tableLocation(namespace, name, uuid);
      create = table.create({ now: Date.now(), location, uuid });
      schema = newSchema(create);
    }
    let why = "";
    try {
      const { requirements, updates } = JSON.parse(
        create ?? '{"requirements":[],"updates":[]}',
      ) as { requirements: object[]; updates: object[] };
      updates.push(...layoutUpdates(schema, JSON.parse(layout) as LayoutOptions));
      const body = JSON.stringify({ requirements, updates });
      const answer = await catalog.commitFeed({ feed: this.#feed(), namespace, name, body });
      // The flush tells of a table that is another's.
      if (answer.exists) return;
      if (answer.status >= 500) throw new Error(answer.why);
      if (answer.status !== 200) why = answer.why;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      why = error.message;
    }
    this.#stale = true;
    this.#batches.setFact("layout-why", why === "" ? null : why);
    if (this.#batches.fact("layout") === layout) this.#batches.setFact("layout", null);
  }

  // A table that is flushed often has a manifest for each flush; readers open them all.
  async #toMerge(table: LakeTable): Promise<Uint8Array[]> {
    return Promise.all(table.toMerge().map((path) => this.#files.bytes(path)));
  }

  // Files, then the commit, then what it leaves here. `state` is the catalog's where the flush may
  // have been committed already.
  async #finish(
    table: LakeTable,
    intent: Intent,
    state: TableState | null,
    merge: Uint8Array[] = [],
  ): Promise<void> {
    const flush = table.flush(intent, merge);
    const { metadata, path } =
      flush.commit === "" ? state! : await this.#commit(table, intent, flush);
    // All in one turn: the state, and that the batches are in it.
    table.committed(metadata, path);
    this.#made = true;
    this.#grace = graceOf(metadata);
    this.#batches.finish(intent);
    // A compaction of which nothing was heard holds on an older base alone: it will never be.
    this.#dropCompaction();
  }

  async #commit(
    table: LakeTable,
    intent: Intent,
    flush: Flush,
  ): Promise<{ metadata: string; path: string }> {
    let { commit, files }: Pick<Flush, "commit" | "files"> = flush;
    const { namespace, name } = this.#name()!;
    for (let attempt = 1; ; attempt++) {
      await Promise.all(files.map(({ path, bytes }) => this.#files.put(path, bytes)));
      const answer = await this.#catalog().commitFeed({
        feed: this.#feed(),
        namespace,
        name,
        body: commit,
      });
      if (answer.status === 200) return answer;
      const refusal = `the catalog refused the flush: ${answer.why}`;
      if (answer.status === 404 || answer.exists) throw new Hopeless(refusal);
      if (answer.status !== 409 || attempt === COMMITS_MAX) throw new Error(refusal);
      // Others committed first, or this very flush was committed by a call given up for lost.
      const now = await this.#state(table);
      if (now === null) throw new Error(refusal);
      const compaction = this.#batches.compaction();
      if (compaction !== null && table.facts(now.metadata, compaction.entropy).flushed) {
        throw new LakeError(409, "CommitFailedException", "a compaction was committed before");
      }
      if (table.facts(now.metadata, intent.entropy).flushed) {
        throw new LakeError(409, "CommitFailedException", "the flush was committed before");
      }
      ({ commit, files } = table.rebase(intent, now));
    }
  }

  // After a flush, and never beside one: a group of small files becomes one.
  async #compact(): Promise<void> {
    if (this.#flushing !== null) return;
    const wait = this.#compactAfter - Date.now();
    if (wait > 0) return this.#compactIn(wait);
    this.#compacting = this.#compactOne()
      .then(() => {
        this.#compactFailures = 0;
      })
      .catch((error: unknown) => {
        const delay = backoff(COMPACT_RETRY_MS, COMPACT_RETRY_MS_MAX, this.#compactFailures++);
        this.#compactAfter = Date.now() + delay;
        // It may have been committed: the table is opened anew, which tells.
        this.#table = null;
        if (this.#batches.compaction() === null) this.#forgetCompaction();
        console.error(`the compaction of ${this.#name()?.name} failed: ${String(error)}`);
      })
      .finally(() => {
        this.#compacting = null;
      });
    await this.#compacting;
    if (this.#compactFailures > 0) await this.#compactIn(this.#compactAfter - Date.now());
  }

  // The alarm of a flush comes before, in place of this one, and asks again.
  async #compactIn(ms: number): Promise<void> {
    if (!this.#alarmSet) await this.ctx.storage.setAlarm(Date.now() + ms);
  }

  // What it is made of is stored before it is committed, as with a flush; but it is not made again: it
  // can wait.
  async #compactOne(): Promise<void> {
    const table = await this.#open();
    const opened = this.#table;
    if (this.#batches.compaction() !== null) return;
    // What a crash left.
    this.#forgetCompaction();
    const paths = table.toCompact();
    if (paths.length === 0) return;
    const state = await this.#state(table);
    if (state === null) return;
    const entropy = crypto.getRandomValues(new Uint8Array(FLUSH_ENTROPY_BYTES));
    const uploads: Upload[] = [];
    const data = new NewFiles(this.#files, (upload) => {
      uploads.push(upload);
      this.#batches.setFact("uploads", JSON.stringify(uploads));
    });
    const module = new DolakeModule(wasm);
    const { commit, plan, files } = await compact(module, state, paths, entropy, {
      read: (path, from, to) => this.#files.bytes(path, from, to),
      write: (path, bytes) => data.write(path, bytes),
    });
    const all = [...data.paths, ...files.map(({ path }) => path)];
    this.#batches.setCompaction({ entropy, plan, files: all });
    try {
      await data.finish();
      await Promise.all(files.map(({ path, bytes }) => this.#files.put(path, bytes)));
    } catch (error) {
      // No commit was sent.
      this.#dropCompaction();
      throw error;
    }
    const { namespace, name } = this.#name()!;
    const answer = await this.#catalog().commitFeed({
      feed: this.#feed(),
      namespace,
      name,
      body: commit,
    });
    if (answer.status !== 200) {
      // Others committed first.
      if (answer.status < 500) this.#dropCompaction();
      return;
    }
    const { manifestList } = table.facts(answer.metadata);
    const list = files.find(({ path }) => path === manifestList);
    // A table that was opened meanwhile finds the compaction when it flushes.
    if (this.#table !== opened || list === undefined) return;
    try {
      table.compacted(plan, { ...answer, manifestList: list.bytes });
      this.#forgetCompaction();
    } catch (error) {
      this.#table = null;
      throw error;
    }
    if (table.toCompact().length > 0) await this.#compactIn(COMPACT_AGAIN_MS);
  }

  #dropCompaction(): void {
    const compaction = this.#batches.compaction();
    if (compaction === null) return;
    this.#forgetCompaction();
    this.ctx.waitUntil(this.#files.remove(compaction.files).catch(() => undefined));
  }

  // Of it, or of one that never had a plan, uploads may be left that are no files.
  #forgetCompaction(): void {
    this.#batches.setCompaction(null);
    const uploads = this.#batches.fact("uploads");
    if (uploads === null) return;
    this.#batches.setFact("uploads", null);
    for (const { file, id } of JSON.parse(uploads) as Upload[])
      this.ctx.waitUntil(this.#files.abort(file, id).catch(() => undefined));
  }
}
