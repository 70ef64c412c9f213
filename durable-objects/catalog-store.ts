import { LakeError } from "../bindings/lake/dolake-module.ts";

/** A table: its names and the metadata file that is its state. */
export interface TableRow {
  /** The parts joined by 0x1F. */
  namespace: string;
  name: string;
  uuid: string;
  location: string;
  metadata: string;
  /** The number in the metadata file's name. */
  version: number;
}

interface Page {
  names: string[];
  next: string | null;
}

const KEY_KEPT_MS = 24 * 60 * 60 * 1000;

/**
 * CatalogStore: namespaces, tables and answered Idempotency-Keys in the object's storage. Synchronous;
 * what it refuses is a LakeError. Callers put changes into a transactionSync.
 */
export class CatalogStore {
  readonly #sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql;
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS namespaces (name TEXT PRIMARY KEY, parent TEXT NOT NULL, properties TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS tables (
        namespace TEXT NOT NULL, name TEXT NOT NULL, uuid TEXT NOT NULL, location TEXT NOT NULL,
        metadata TEXT NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (namespace, name));
      CREATE TABLE IF NOT EXISTS feeds (feed TEXT PRIMARY KEY, namespace TEXT NOT NULL, name TEXT NOT NULL);
      CREATE INDEX IF NOT EXISTS feeds_by_name ON feeds (namespace, name);
      CREATE TABLE IF NOT EXISTS kept (key TEXT PRIMARY KEY, print TEXT NOT NULL, outcome TEXT NOT NULL, at INTEGER NOT NULL);
      CREATE INDEX IF NOT EXISTS kept_at ON kept (at);`);
  }

  // --- namespaces ----------------------------------------------------------------------------

  namespaces(parent: string, after: string | undefined, size: number): Page {
    if (parent !== "") this.properties(parent);
    return this.#page(
      "SELECT name FROM namespaces WHERE parent = ? AND name > ? ORDER BY name LIMIT ?",
      parent,
      after,
      size,
    );
  }

  properties(namespace: string): Record<string, string> {
    const [row] = this.#sql.exec("SELECT properties FROM namespaces WHERE name = ?", namespace);
    if (row === undefined) throw noNamespace(namespace);
    return JSON.parse(row.properties as string) as Record<string, string>;
  }

  createNamespace(namespace: string, properties: Record<string, string>): void {
    const parent = namespace.split("\x1f").slice(0, -1).join("\x1f");
    if (parent !== "") this.properties(parent);
    const { rowsWritten } = this.#sql.exec(
      "INSERT OR IGNORE INTO namespaces VALUES (?, ?, ?)",
      namespace,
      parent,
      JSON.stringify(properties),
    );
    if (rowsWritten === 0) {
      throw new LakeError(409, "AlreadyExistsException", `namespace ${shown(namespace)} exists`);
    }
  }

  /** The namespace and those around it, where they are not there. */
  makeNamespaces(namespace: string): void {
    const parts = namespace.split("\x1f");
    for (let i = 1; i <= parts.length; i++) {
      const name = parts.slice(0, i).join("\x1f");
      const parent = parts.slice(0, i - 1).join("\x1f");
      this.#sql.exec("INSERT OR IGNORE INTO namespaces VALUES (?, ?, '{}')", name, parent);
    }
  }

  setProperties(namespace: string, properties: Record<string, string>): void {
    this.#sql.exec(
      "UPDATE namespaces SET properties = ? WHERE name = ?",
      JSON.stringify(properties),
      namespace,
    );
  }

  dropNamespace(namespace: string): void {
    this.properties(namespace);
    const [{ inside }] = this.#sql.exec(
      "SELECT (SELECT count(*) FROM tables WHERE namespace = ?) + (SELECT count(*) FROM namespaces WHERE parent = ?) AS inside",
      namespace,
      namespace,
    );
    if (inside !== 0)
      throw new LakeError(
        409,
        "NamespaceNotEmptyException",
        `namespace ${shown(namespace)} is not empty`,
      );
    this.#sql.exec("DELETE FROM namespaces WHERE name = ?", namespace);
  }

  // --- tables --------------------------------------------------------------------------------

  tables(namespace: string, after: string | undefined, size: number): Page {
    return this.#page(
      "SELECT name FROM tables WHERE namespace = ? AND name > ? ORDER BY name LIMIT ?",
      namespace,
      after,
      size,
    );
  }

  find(namespace: string, name: string): TableRow | null {
    const [row] = this.#sql.exec(
      "SELECT * FROM tables WHERE namespace = ? AND name = ?",
      namespace,
      name,
    );
    return row === undefined ? null : (row as unknown as TableRow);
  }

  // Spark asks for t.snapshots as a table of namespace t, and only "no such table" lets it go on.
  table(namespace: string, name: string): TableRow {
    const row = this.find(namespace, name);
    if (row === null)
      throw new LakeError(
        404,
        "NoSuchTableException",
        `table ${shown(namespace)}.${name} does not exist`,
      );
    return row;
  }

  refuseExisting(namespace: string, name: string): void {
    if (this.find(namespace, name) !== null) {
      throw new LakeError(
        409,
        "AlreadyExistsException",
        `table ${shown(namespace)}.${name} exists`,
      );
    }
  }

  addTable(row: TableRow): void {
    this.properties(row.namespace);
    this.refuseExisting(row.namespace, row.name);
    this.putTable(row);
  }

  putTable({ namespace, name, uuid, location, metadata, version }: TableRow): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO tables VALUES (?, ?, ?, ?, ?, ?)",
      namespace,
      name,
      uuid,
      location,
      metadata,
      version,
    );
  }

  dropTable(namespace: string, name: string): void {
    this.table(namespace, name);
    this.forgetTable(namespace, name);
  }

  /** Whether a table lies there, whatever its name: the same files may be registered twice. */
  isUsed(location: string): boolean {
    const inside = `${location}/`;
    const [row] = this.#sql.exec(
      "SELECT 1 FROM tables WHERE location = ? OR substr(metadata, 1, ?) = ? LIMIT 1",
      location,
      inside.length,
      inside,
    );
    return row !== undefined;
  }

  /** Whether more than one table lies there. */
  isShared(location: string): boolean {
    const inside = `${location}/`;
    const [{ tables }] = this.#sql.exec(
      "SELECT count(*) AS tables FROM tables WHERE location = ? OR substr(metadata, 1, ?) = ?",
      location,
      inside.length,
      inside,
    );
    return (tables as number) > 1;
  }

  // --- tables that a DoLakeTable feeds ---------------------------------------------------------

  /** The table that the object with this id feeds. */
  fedBy(feed: string): TableRow | null {
    const [row] = this.#sql.exec("SELECT namespace, name FROM feeds WHERE feed = ?", feed);
    return row === undefined ? null : this.find(row.namespace as string, row.name as string);
  }

  /** The id of the object that feeds a table. */
  feedOf(namespace: string, name: string): string | null {
    const [row] = this.#sql.exec(
      "SELECT feed FROM feeds WHERE namespace = ? AND name = ?",
      namespace,
      name,
    );
    return row === undefined ? null : (row.feed as string);
  }

  addFeed(feed: string, namespace: string, name: string): void {
    this.#sql.exec("INSERT OR REPLACE INTO feeds VALUES (?, ?, ?)", feed, namespace, name);
  }

  moveFeed(
    from: { namespace: string; name: string },
    to: { namespace: string; name: string },
  ): void {
    this.#sql.exec(
      "UPDATE feeds SET namespace = ?, name = ? WHERE namespace = ? AND name = ?",
      to.namespace,
      to.name,
      from.namespace,
      from.name,
    );
  }

  forgetTable(namespace: string, name: string): void {
    this.#sql.exec("DELETE FROM feeds WHERE namespace = ? AND name = ?", namespace, name);
    this.#sql.exec("DELETE FROM tables WHERE namespace = ? AND name = ?", namespace, name);
  }

  // --- answered keys -------------------------------------------------------------------------

  kept(key: string, now: number): { print: string; outcome: string } | null {
    this.#sql.exec("DELETE FROM kept WHERE at < ?", now - KEY_KEPT_MS);
    const [row] = this.#sql.exec("SELECT print, outcome FROM kept WHERE key = ?", key);
    return row === undefined ? null : (row as unknown as { print: string; outcome: string });
  }

  keep(key: string, print: string, outcome: string, now: number): void {
    this.#sql.exec("INSERT INTO kept VALUES (?, ?, ?, ?)", key, print, outcome, now);
  }

  // `after` is the page token: the last name of the page before, as in a URL.
  #page(statement: string, scope: string, after: string | undefined, size: number): Page {
    const names = [
      ...this.#sql.exec(statement, scope, fromToken(after), size < 0 ? -1 : size + 1),
    ].map((row) => row.name as string);
    if (size < 0 || names.length <= size) return { names, next: null };
    names.length = size;
    return { names, next: encodeURIComponent(names[size - 1]) };
  }
}

function fromToken(token: string | undefined): string {
  try {
    return decodeURIComponent(token ?? "");
  } catch {
    throw new LakeError(400, "BadRequestException", "this pageToken is none of this catalog's");
  }
}

const shown = (namespace: string): string => namespace.replaceAll("\x1f", ".");
const noNamespace = (namespace: string): LakeError =>
  new LakeError(404, "NoSuchNamespaceException", `namespace ${shown(namespace)} does not exist`);
