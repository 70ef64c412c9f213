import type { DoSQLError } from "../bindings/sql/error.ts";
import { advance } from "../bindings/changes/index.ts";
import { ChangeSource } from "./change-source.ts";
import type { DoSQLOptions } from "./dosql-object.ts";
import { checkLayout, type LayoutOptions } from "./table-layout.ts";
import type { DoLakeTable, LakeTableName, PushAnswer } from "./dolake-table.ts";

export interface LakeSourceEnv {
  /** The namespace of DoLakeTable objects; without it nothing can be streamed. */
  TABLES?: DurableObjectNamespace<DoLakeTable>;
}

export interface StreamOptions extends LayoutOptions {
  /** "main" when not said. */
  warehouse?: string;
  /** The namespace in the lake, or its parts. */
  namespace: string | string[];
  /** Which tables; all, those made later too, when not said. */
  tables?: string[];
  /** Which rows of `tables`, as an SQL expression; all when not said. */
  where?: string;
  /** What some of `tables` are called in the lake; the others keep their names. */
  as?: Record<string, string>;
}

/** One table on its way to the lake. */
export interface StreamStatus {
  table: string;
  warehouse: string;
  namespace: string[];
  /** The table's name in the lake. */
  as: string;
  /** Which rows: an SQL expression; "": all. */
  where: string;
  /** waits: the lake does not answer or is behind; failed: it needs somebody, `why` tells. */
  state: "streams" | "waits" | "failed";
  why: string;
  /** Whether something of it was committed that the lake has not confirmed. */
  behind: boolean;
}

interface Link {
  source: string;
  warehouse: string;
  namespace: string;
  /** In the lake; "": as here. */
  name: string;
  filter: string;
  state: StreamStatus["state"];
  why: string;
  /** LayoutOptions as JSON that the lake has not heard of; "": none. */
  layout: string;
}

/** Where a table shall go. `name` and `filter` null: as it is, and none for a new one. */
type Target = Pick<Link, "warehouse" | "namespace"> & {
  name: string | null;
  filter: string | null;
};

const PUSH_DELAY_MS = 200;
const BATCH_BYTES = 1 << 20;
const ALARM_MS_MAX = 20_000;
const RETRY_MS = [1000, 2000, 5000, 15_000, 60_000];
const AT_ONCE = 6;

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const slotOf = (table: string): string => `dolake:${table}`;
const isError = (error: unknown, code: DoSQLError["code"]): boolean =>
  (error as Partial<DoSQLError>).code === code;

/**
 * LakeSource: a database whose tables stream to the lake. Each table has a replication slot; behind a
 * commit an alarm reads the slots and pushes their batches to the tables' DoLakeTable objects. A
 * database that nobody writes to has no alarm and writes nothing.
 *
 * A class that extends this one and has alarms of its own calls `super.alarm()` in its handler.
 */
export class LakeSource<Env extends LakeSourceEnv = LakeSourceEnv> extends ChangeSource<Env> {
  // Of its own in the object's storage: databases that stream nothing have none.
  #hasTables: boolean;
  #follows: boolean;
  #pushing = false;
  // Tables with a batch on its way.
  readonly #underway = new Set<string>();
  #alarmSet = false;
  #failures = 0;

  constructor(ctx: DurableObjectState, env: Env, options: DoSQLOptions = {}) {
    super(ctx, env, options);
    const { sql } = ctx.storage;
    const [links] = sql
      .exec("SELECT sql FROM sqlite_master WHERE name = '_dolake_links'")
      .toArray();
    this.#hasTables = links !== undefined;
    // Links that were made before there were filters, names, or layouts.
    for (const column of ["filter", "name", "layout"])
      if (this.#hasTables && !new RegExp(`\\b${column} TEXT`).test(links.sql as string))
        sql.exec(`ALTER TABLE _dolake_links ADD COLUMN ${column} TEXT NOT NULL DEFAULT ''`);
    this.#follows = this.#links().length > 0 || this.#all() !== null;
  }

  protected override committed(): void {
    super.committed();
    this.#wake(PUSH_DELAY_MS);
  }

  /**
   * Streams tables to the lake, what is in them first. Throws DoSQLError for a table that is not
   * there, or that `where` does not fit. Asking again changes nothing, but tries again what has failed;
   * with another `where`, or another name in `as`, it copies the tables anew.
   */
  streamToLake({
    warehouse = "main",
    namespace,
    tables,
    where = "",
    as = {},
    ...layout
  }: StreamOptions): StreamStatus[] {
    if (this.env.TABLES === undefined)
      throw new TypeError("this Worker has no binding TABLES: see the lake's page");
    const parts = typeof namespace === "string" ? [namespace] : namespace;
    if (parts.length === 0 || parts.some((p) => p === "" || p.includes("\x1f")))
      throw new TypeError("a namespace is a name or a list of names");
    if (where !== "" && tables === undefined) throw new TypeError("where needs tables");
    const names = new Map(Object.entries(as).map(([table, name]) => [table.toLowerCase(), name]));
    for (const table of names.keys())
      if (!tables?.some((named) => named.toLowerCase() === table))
        throw new TypeError(`as names ${table}, which is none of tables`);
    const laysOut = layout.partitionBy !== undefined || layout.sortBy !== undefined;
    if (laysOut && tables === undefined) throw new TypeError("partitionBy and sortBy need tables");
    checkLayout(layout);
    const lake = { warehouse, namespace: parts.join("\x1f") };
    this.#makeTables();
    const { sql } = this.ctx.storage;
    if (tables === undefined) {
      sql.exec("INSERT OR REPLACE INTO _dolake_all VALUES (1, ?, ?)", warehouse, lake.namespace);
    }
    // All tables: those that stream already keep their names and filters.
    for (const table of tables ?? this.#tables())
      this.#link(table, {
        ...lake,
        name: names.get(table.toLowerCase()) ?? null,
        filter: tables === undefined ? null : where,
      });
    for (const table of laysOut ? tables! : [])
      sql.exec(
        "UPDATE _dolake_links SET layout = ? WHERE source = ?",
        JSON.stringify(layout),
        table,
      );
    sql.exec("UPDATE _dolake_links SET state = 'streams', why = '' WHERE state = 'failed'");
    this.#follows = true;
    this.#failures = 0;
    this.#wake(0);
    return this.lakeStatus();
  }

  /** The same for calls from outside: errors come back whole, as data. */
  answerStream(
    options: StreamOptions,
  ): { tables: StreamStatus[] } | { error: string; code: string } {
    try {
      return { tables: this.streamToLake(options) };
    } catch (error) {
      const { code = "Parameter" } = error as Partial<DoSQLError>;
      return { error: error instanceof Error ? error.message : String(error), code };
    }
  }

  /** Ends streaming; what the lake has stays there. */
  stopStreaming(): void {
    this.#follows = false;
    if (!this.#hasTables) return;
    for (const { source } of this.#links()) this.query({ sql: dropSlot(slotOf(source)) });
    this.ctx.storage.sql.exec("DELETE FROM _dolake_links");
    this.ctx.storage.sql.exec("DELETE FROM _dolake_all");
  }

  lakeStatus(): StreamStatus[] {
    return this.#links().map(({ source, warehouse, namespace, name, filter, state, why }) => ({
      table: source,
      warehouse,
      namespace: namespace.split("\x1f"),
      as: name || source,
      where: filter,
      state,
      why,
      behind: this.#underway.has(source) || this.#isBehind(source),
    }));
  }

  override async alarm(): Promise<void> {
    this.#alarmSet = false;
    if (!this.#follows || this.#pushing) return;
    this.#pushing = true;
    let later: number | null = null;
    try {
      const end = Date.now() + ALARM_MS_MAX;
      let fine = true;
      do {
        this.#linkNewTables();
        const links = this.#links().filter(({ state }) => state !== "failed");
        for (let i = 0; i < links.length; i += AT_ONCE) {
          const done = await Promise.all(
            links.slice(i, i + AT_ONCE).map((l) => this.#push(l, end)),
          );
          fine = fine && done.every(Boolean);
        }
        // The last advance of a slot is written at the end of its turn.
        await Promise.resolve();
      } while (fine && Date.now() < end && this.#hasMore());
      this.#failures = fine ? 0 : this.#failures + 1;
      if (!fine) later = RETRY_MS[Math.min(this.#failures, RETRY_MS.length) - 1];
      else if (this.#hasMore()) later = 0;
    } catch (error) {
      console.error(`streaming to the lake failed: ${String(error)}`);
      later = RETRY_MS[Math.min(++this.#failures, RETRY_MS.length) - 1];
    } finally {
      this.#pushing = false;
    }
    if (later !== null) this.#wake(later);
  }

  #wake(delay: number): void {
    if (!this.#follows || this.#pushing || this.#alarmSet) return;
    this.#alarmSet = true;
    // In the same transaction as the commit: no commit is forgotten.
    void this.ctx.storage.setAlarm(Date.now() + delay);
  }

  #makeTables(): void {
    this.ctx.storage.sql.exec(`
      CREATE TABLE IF NOT EXISTS _dolake_links (source TEXT PRIMARY KEY COLLATE NOCASE, warehouse TEXT NOT NULL,
        namespace TEXT NOT NULL, state TEXT NOT NULL, why TEXT NOT NULL, filter TEXT NOT NULL DEFAULT '',
        name TEXT NOT NULL DEFAULT '',
        layout TEXT NOT NULL DEFAULT '');
      CREATE TABLE IF NOT EXISTS _dolake_all (id INTEGER PRIMARY KEY, warehouse TEXT NOT NULL, namespace TEXT NOT NULL);`);
    this.#hasTables = true;
  }

  #links(): Link[] {
    if (!this.#hasTables) return [];
    return this.ctx.storage.sql
      .exec("SELECT * FROM _dolake_links ORDER BY source")
      .toArray() as unknown as Link[];
  }

  #all(): { warehouse: string; namespace: string } | null {
    if (!this.#hasTables) return null;
    const [row] = this.ctx.storage.sql.exec("SELECT warehouse, namespace FROM _dolake_all");
    return (row as { warehouse: string; namespace: string } | undefined) ?? null;
  }

  #tables(): string[] {
    const sql =
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    return this.query({ sql }).rows.map(([name]) => name as string);
  }

  #linkNewTables(): void {
    const all = this.#all();
    if (all === null) return;
    const known = new Set(this.#links().map(({ source }) => source.toLowerCase()));
    for (const table of this.#tables())
      if (!known.has(table.toLowerCase())) this.#link(table, { ...all, name: null, filter: null });
  }

  #link(table: string, { warehouse, namespace, name, filter }: Target): void {
    const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
    const links = this.#links();
    const link = links.find(({ source }) => same(source, table));
    const target = link ?? { warehouse, namespace };
    const called = name === (link?.source ?? table) ? "" : (name ?? link?.name ?? "");
    const at = (l: Pick<Link, "warehouse" | "namespace">, as: string): string =>
      JSON.stringify([l.warehouse, l.namespace, as]);
    // One database is one source of a lake table.
    const taken = links.find(
      (l) => !same(l.source, table) && at(l, l.name || l.source) === at(target, called || table),
    );
    if (taken !== undefined)
      throw new TypeError(`${taken.source} streams to ${taken.name || taken.source} already`);
    const changed =
      link !== undefined && (link.filter !== (filter ?? link.filter) || link.name !== called);
    // In one turn, so together or not at all; the new slot first fails where the filter does not fit.
    if (changed) {
      this.query({ sql: createSlot(table, filter ?? link.filter, "dolake") });
      this.query({ sql: dropSlot("dolake") });
      this.query({ sql: dropSlot(slotOf(table)) });
    }
    try {
      this.query({ sql: createSlot(table, filter ?? link?.filter ?? "") });
    } catch (error) {
      if (!isError(error, "AlreadyExists")) throw error;
    }
    const { sql } = this.ctx.storage;
    sql.exec(
      "INSERT OR IGNORE INTO _dolake_links (source, warehouse, namespace, state, why, filter, name) VALUES (?, ?, ?, 'streams', '', ?, ?)",
      table,
      warehouse,
      namespace,
      filter ?? "",
      called,
    );
    if (changed)
      sql.exec(
        "UPDATE _dolake_links SET filter = ?, name = ? WHERE source = ?",
        filter ?? link.filter,
        called,
        link.source,
      );
  }

  #note(link: Link, state: Link["state"], why: string): void {
    if (link.state === state && link.why === why) return;
    link.state = state;
    link.why = why;
    this.ctx.storage.sql.exec(
      "UPDATE _dolake_links SET state = ?, why = ? WHERE source = ?",
      state,
      why,
      link.source,
    );
  }

  // Somebody may have said another meanwhile.
  #layoutSaid(link: Link): void {
    if (link.layout === "") return;
    this.ctx.storage.sql.exec(
      "UPDATE _dolake_links SET layout = '' WHERE source = ? AND layout = ?",
      link.source,
      link.layout,
    );
    link.layout = "";
  }

  #hasMore(): boolean {
    return this.#links().some(({ source, state }) => state !== "failed" && this.#isBehind(source));
  }

  // A slot that cannot be read is behind, too.
  #isBehind(source: string): boolean {
    const sql = "SELECT 1 FROM replication_batch(?, 1)";
    try {
      return this.query({ sql, params: [slotOf(source)] }).rows.length > 0;
    } catch {
      return true;
    }
  }

  // Sends one table's batches until there are none; false: try again later.
  async #push(link: Link, end: number): Promise<boolean> {
    const slot = slotOf(link.source);
    const name: LakeTableName = {
      warehouse: link.warehouse,
      namespace: link.namespace,
      name: link.name || link.source,
      source: link.source,
    };
    const tables = this.env.TABLES!;
    const full = [name.warehouse, ...name.namespace.split("\x1f"), name.name];
    const stub = tables.get(tables.idFromName(JSON.stringify(full)));
    let turns = 0;
    let gaps = 0;
    while (Date.now() < end) {
      let row: unknown[] | undefined;
      try {
        const sql = "SELECT batch, position FROM replication_batch(?, ?)";
        [row] = this.query({ sql, params: [slot, BATCH_BYTES] }).rows;
      } catch (error) {
        // The log is gone, or went back: from the beginning.
        if (!isError(error, "Stale") && !isError(error, "NoSuchObject")) throw error;
        if (!this.#copyAnew(link, ++turns)) return true;
        continue;
      }
      if (row === undefined) {
        if (link.state !== "streams") this.#note(link, "streams", "");
        return true;
      }
      const [batch, position] = row.map((blob) => new Uint8Array(blob as ArrayBuffer));
      let answer: PushAnswer;
      try {
        const layout = link.layout === "" ? undefined : link.layout;
        this.#underway.add(link.source);
        answer = await stub.push({ table: name, batch, position, layout });
      } catch (error) {
        this.#note(link, "waits", String(error));
        return false;
      } finally {
        this.#underway.delete(link.source);
      }
      switch (answer.outcome) {
        case "taken":
        case "repeated":
          this.#note(link, "streams", answer.why);
          this.#layoutSaid(link);
          if (this.#advance(slot, answer.position)) turns = gaps = 0;
          else if (!this.#copyAnew(link, ++turns)) return true;
          break;
        case "gap":
          // The lake has more than the slot knows of; if that is not it, it has lost something.
          if (answer.position.length > 0 && gaps++ === 0 && this.#advance(slot, answer.position))
            break;
          if (!this.#copyAnew(link, ++turns)) return true;
          break;
        case "back":
          if (!this.#copyAnew(link, ++turns)) return true;
          break;
        case "wait":
          this.#note(link, "waits", answer.why);
          return false;
        default:
          this.#note(link, "failed", answer.why);
          return true;
      }
    }
    return true;
  }

  // False: the place is none of this slot, or behind it.
  #advance(slot: string, position: Uint8Array): boolean {
    try {
      this.query({ sql: advance(slot, position) });
      return true;
    } catch (error) {
      if (isError(error, "Bind")) return false;
      throw error;
    }
  }

  // The slot again, and the table from its beginning. False: it does not help.
  #copyAnew(link: Link, turns: number): boolean {
    const { source, filter } = link;
    if (turns > 2) {
      this.#note(link, "failed", "the lake does not take the copy of the table");
      return false;
    }
    try {
      // In one turn, so together or not at all.
      this.query({ sql: dropSlot(slotOf(source)) });
      this.query({ sql: createSlot(source, filter) });
    } catch (error) {
      this.#note(link, "failed", String(error));
      return false;
    }
    return true;
  }
}

const createSlot = (table: string, filter: string, slot = slotOf(table)): string =>
  `CREATE REPLICATION SLOT ${quoted(slot)} FOR TABLE ${quoted(table)}` +
  `${filter === "" ? "" : ` WHERE (${filter}\n)`} WITH COPY`;
const dropSlot = (slot: string): string => `DROP REPLICATION SLOT IF EXISTS ${quoted(slot)}`;
