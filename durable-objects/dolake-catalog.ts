import { DurableObject } from "cloudflare:workers";
import wasm from "../dist/dolake.wasm";
import { DolakeModule, LakeError } from "../bindings/lake/dolake-module.ts";
import { CatalogStore, type TableRow } from "./catalog-store.ts";
import { METADATA_BYTES_MAX, MetadataFiles } from "./metadata-files.ts";
import { configFor, keysTag, type StorageAccess } from "./storage-access.ts";
import type { SweptTable } from "./table-sweep.ts";

export interface CatalogEnv {
  /** The bucket with the tables' files. */
  LAKE: R2Bucket;
  /** Its name, as it stands in s3:// locations; "lake" when not set. */
  LAKE_BUCKET?: string;
  /** The objects that feed tables: a reader who loads one has it flushed first. */
  TABLES?: DurableObjectNamespace;
}

/** A flush of the object `feed`, for the table that it feeds or makes. */
export interface FeedCommit {
  feed: string;
  namespace: string;
  name: string;
  /** As POST .../tables/NAME takes it. */
  body: string;
}
export interface FeedAnswer {
  /** 200, 404: the table was dropped, 409: others committed first, or another refusal. */
  status: number;
  metadata: string;
  path: string;
  why: string;
  /** The name is another table's. */
  exists: boolean;
}

/** One request below /v1/PREFIX, its path cut at the slashes and decoded. */
export interface CatalogRequest {
  method: string;
  path: string[];
  query: Record<string, string>;
  body: string;
  ifNoneMatch?: string;
  idempotencyKey?: string;
  /** What a loaded table's answer tells of its storage. */
  storage: StorageAccess;
}

export interface CatalogAnswer {
  status: number;
  /** JSON, or "" for none. */
  body: string;
  etag?: string;
}

// What a mutation does once all that can fail or wait is done: it changes the store and answers.
type Change = () => Outcome;
interface Outcome {
  status: number;
  body?: unknown;
  /** The metadata of a staged table, as text: parsing it would round the snapshots' ids. */
  staged?: string;
  /** The metadata file whose table is the answer. */
  metadata?: string;
}

const NAME_CHARS_MAX = 255;
const FLUSH_WAIT_MS = 5000;
// In the path of every data file that a DoLakeTable writes (kOwnFiles in core/lake/ingest/lake_table.h).
const FED_FILES = "/data/dolake-";

/**
 * DoLakeCatalog: a catalog of Iceberg tables, one object for each warehouse.
 *
 * The object's own storage holds names and, for each table, which metadata file is its state; the
 * files lie in R2. A commit writes a new file, then moves the pointer: a crash between the two
 * leaves a file that nobody names. Mutations run one after the other; reads do not wait for them.
 */
export class DoLakeCatalog<Env extends CatalogEnv = CatalogEnv> extends DurableObject<Env> {
  readonly #lake = new DolakeModule(wasm);
  readonly #store: CatalogStore;
  readonly #files: MetadataFiles;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#store = new CatalogStore(ctx.storage);
    this.#files = new MetadataFiles(env.LAKE, env.LAKE_BUCKET ?? "lake");
  }

  /** Answers one request; a refusal is an answer, too. */
  async handle(request: CatalogRequest): Promise<CatalogAnswer> {
    try {
      const reads = request.method === "GET" || request.method === "HEAD";
      if (reads) return await this.#read(request);
      return await this.#inTurn(() => this.#mutate(request));
    } catch (error) {
      if (!(error instanceof LakeError)) throw error;
      const { status: code, type, message } = error;
      return { status: code, body: JSON.stringify({ error: { message, type, code } }) };
    }
  }

  /** What a DoLakeTable feeds, as it is now; null when that is nothing. */
  async loadFeed(feed: string): Promise<SweptTable | null> {
    const row = this.#store.fedBy(feed);
    if (row === null) return null;
    const metadata = await this.#files.read(row.metadata);
    return { metadata, path: row.metadata, shared: this.#store.isShared(row.location) };
  }

  /** Commits a flush, in its turn among all other commits. The first makes the table. */
  async commitFeed(commit: FeedCommit): Promise<FeedAnswer> {
    try {
      const file = await this.#inTurn(() => this.#commitFeed(commit));
      return {
        status: 200,
        metadata: await this.#files.read(file),
        path: file,
        why: "",
        exists: false,
      };
    } catch (error) {
      if (!(error instanceof LakeError)) throw error;
      const exists = error.type === "AlreadyExistsException";
      return { status: error.status, metadata: "", path: "", why: error.message, exists };
    }
  }

  // Behind all mutations that were asked for before.
  #inTurn<T>(mutation: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(mutation);
    this.#queue = done.catch(() => undefined);
    return done;
  }

  async #commitFeed({ feed, namespace, name, body }: FeedCommit): Promise<string> {
    const row = this.#store.fedBy(feed);
    const creates = body.includes('"assert-create"');
    if (row === null && !creates) {
      throw new LakeError(404, "NoSuchTableException", "the lake's table was dropped");
    }
    if (row === null) {
      this.#store.makeNamespaces(namespace);
      this.#store.refuseExisting(namespace, name);
    }
    const at = row ?? { namespace, name };
    const base = await this.#base(at.namespace, at.name);
    const [next] = await this.#writeAll([this.#apply(base, body)]);
    this.ctx.storage.transactionSync(() => {
      this.#store.putTable(next);
      if (row === null) this.#store.addFeed(feed, namespace, name);
    });
    return next.metadata;
  }

  // What was committed up to now belongs in what a reader loads. One that cannot be flushed is read as
  // it is.
  async #flushFeed(namespace: string, name: string): Promise<void> {
    const feed = this.#store.feedOf(namespace, name);
    const tables = this.env.TABLES;
    if (feed === null || tables === undefined) return;
    const stub = tables.get(tables.idFromString(feed)) as unknown as { flush(): Promise<void> };
    const late = new Promise<void>((resolve) => setTimeout(resolve, FLUSH_WAIT_MS));
    await Promise.race([stub.flush().catch(() => undefined), late]);
  }

  async #read({
    method,
    path,
    query,
    storage,
    ifNoneMatch,
  }: CatalogRequest): Promise<CatalogAnswer> {
    const [root, space, kind, name, leaf, ...rest] = path;
    const head = method === "HEAD";
    if (root !== "namespaces" || rest.length > 0) throw noRoute(path);
    if (space === undefined) {
      const parent = query.parent ? namespaceOf(query.parent) : "";
      const page = this.#store.namespaces(parent, query.pageToken, pageSize(query));
      return json(200, { namespaces: page.names.map(partsOf), ...next(page) });
    }
    const namespace = namespaceOf(space);
    // Of a table in no namespace it is said that there is no such table.
    const isTable = kind === "tables" && name !== undefined;
    const properties = isTable ? {} : this.#store.properties(namespace);
    if (kind === undefined) {
      return head ? NOTHING : json(200, { namespace: partsOf(namespace), properties });
    }
    if (kind === "views") {
      if (name !== undefined)
        throw new LakeError(404, "NoSuchViewException", "there are no views here");
      throw unsupported("views are not supported");
    }
    if (kind !== "tables") throw noRoute(path);
    if (name === undefined) {
      const page = this.#store.tables(namespace, query.pageToken, pageSize(query));
      const identifiers = page.names.map((n) => ({ namespace: partsOf(namespace), name: n }));
      return json(200, { identifiers, ...next(page) });
    }
    let table = this.#store.table(namespace, name);
    if (leaf === "credentials") {
      const config = await configFor(storage, () => table.location);
      const credentials = [{ prefix: `${table.location}/`, config }];
      return json(200, {
        "storage-credentials": Object.keys(config).length > 0 ? credentials : [],
      });
    }
    if (leaf !== undefined) throw noRoute(path);
    if (head) return NOTHING;
    await this.#flushFeed(namespace, name);
    table = this.#store.table(namespace, name);
    const mode = query.snapshots ?? "all";
    if (mode !== "all" && mode !== "refs") throw badRequest("snapshots is all or refs");
    const etag = etagOf(table.metadata, mode, storage);
    if (ifNoneMatch !== undefined && matches(ifNoneMatch, etag))
      return { status: 304, body: "", etag };
    let text = await this.#files.read(table.metadata);
    if (mode === "refs") [text] = this.#lake.texts("refs_only", text);
    return { status: 200, body: await tableBody(table.metadata, text, storage), etag };
  }

  async #mutate(request: CatalogRequest): Promise<CatalogAnswer> {
    const { idempotencyKey: key, method, path, body } = request;
    const print = key === undefined ? "" : await digest(`${method} ${path.join("/")}\n${body}`);
    const kept = key === undefined ? null : this.#store.kept(key, Date.now());
    if (kept !== null && kept.print !== print) {
      throw new LakeError(
        422,
        "UnprocessableEntityException",
        "this Idempotency-Key was used for another request",
      );
    }
    let outcome: Outcome;
    if (kept !== null) {
      outcome = JSON.parse(kept.outcome) as Outcome;
    } else {
      const change = await this.#prepare(request);
      outcome = this.ctx.storage.transactionSync(() => {
        const done = change();
        if (key !== undefined) this.#store.keep(key, print, JSON.stringify(done), Date.now());
        return done;
      });
    }
    if (outcome.staged !== undefined) {
      const body = await tableBody(null, outcome.staged, request.storage);
      return { status: outcome.status, body };
    }
    if (outcome.metadata === undefined) {
      return outcome.body === undefined
        ? { status: outcome.status, body: "" }
        : json(outcome.status, outcome.body);
    }
    const text = await this.#files.read(outcome.metadata);
    return {
      status: outcome.status,
      body: await tableBody(outcome.metadata, text, request.storage),
      etag: etagOf(outcome.metadata, "all", request.storage),
    };
  }

  async #prepare(request: CatalogRequest): Promise<Change> {
    const { method, path, query, body } = request;
    const [root, space, kind, name, leaf, ...rest] = path;
    const route = `${method} ${root}`;
    if (route === "POST transactions" && space === "commit" && kind === undefined)
      return this.#transaction(body);
    if (route === "POST tables" && space === "rename" && kind === undefined)
      return this.#rename(body);
    if (root === "views" || kind === "views" || kind === "register-view")
      throw unsupported("views are not supported");
    if (root !== "namespaces" || rest.length > 0) throw noRoute(path);
    if (space === undefined) {
      if (method !== "POST") throw noRoute(path);
      const given = object(body);
      const namespace = namespaceOf(given.namespace);
      const properties = textMap(given.properties ?? {}, "properties");
      return () => {
        this.#store.createNamespace(namespace, properties);
        return { status: 200, body: { namespace: partsOf(namespace), properties } };
      };
    }
    const namespace = namespaceOf(space);
    const at = `${method} ${kind ?? ""}${name === undefined ? "" : "/NAME"}${leaf === undefined ? "" : `/${leaf}`}`;
    switch (at) {
      case "DELETE ":
        return () => {
          this.#store.dropNamespace(namespace);
          return { status: 204 };
        };
      case "POST properties":
        return this.#changeProperties(namespace, body);
      case "POST tables":
        return this.#createTable(namespace, body);
      case "POST register":
        return this.#register(namespace, body);
      case "POST tables/NAME":
        return this.#commit(namespace, name, body);
      case "POST tables/NAME/metrics":
        object(body);
        this.#store.table(namespace, name);
        return () => ({ status: 204 });
      case "DELETE tables/NAME": {
        const { location } = this.#store.table(namespace, name);
        const purge = query.purgeRequested === "true";
        return () => {
          this.#store.dropTable(namespace, name);
          // The files go after the name: a crash in between leaves files that nobody names.
          if (purge && !this.#store.isUsed(location))
            this.ctx.waitUntil(this.#files.purge(location));
          return { status: 204 };
        };
      }
      default:
        throw noRoute(path);
    }
  }

  #changeProperties(namespace: string, body: string): Change {
    const given = object(body);
    const removals = (given.removals ?? []) as unknown;
    if (!Array.isArray(removals) || removals.some((r) => typeof r !== "string")) {
      throw badRequest("removals is a list of names");
    }
    const updates = textMap(given.updates ?? {}, "updates");
    const both = (removals as string[]).find((key) => Object.hasOwn(updates, key));
    if (both !== undefined) {
      throw new LakeError(
        422,
        "UnprocessableEntityException",
        `${both} is both removed and updated`,
      );
    }
    return () => {
      const properties = this.#store.properties(namespace);
      const removed = (removals as string[]).filter((key) => Object.hasOwn(properties, key));
      const missing = (removals as string[]).filter((key) => !Object.hasOwn(properties, key));
      for (const key of removed) delete properties[key];
      this.#store.setProperties(namespace, { ...properties, ...updates });
      return { status: 200, body: { updated: Object.keys(updates), removed, missing } };
    };
  }

  async #createTable(namespace: string, body: string): Promise<Change> {
    this.#store.properties(namespace);
    const uuid = crypto.randomUUID();
    const asked = nameOf(object(body).name);
    const [name, staged, metadata, location] = this.#lake.texts(
      "create_table",
      body,
      this.#files.tableLocation(namespace, asked, uuid),
      uuid,
      String(Date.now()),
    );
    this.#store.refuseExisting(namespace, name);
    if (staged === "1") {
      this.#files.check(location);
      return () => ({ status: 200, staged: metadata });
    }
    const file = await this.#files.write(location, 0, metadata);
    return () => {
      this.#store.addTable({ namespace, name, uuid, location, metadata: file, version: 0 });
      return { status: 200, metadata: file };
    };
  }

  async #register(namespace: string, body: string): Promise<Change> {
    this.#store.properties(namespace);
    const [given, file, overwrite] = this.#lake.texts("parse_register", body);
    const name = nameOf(given);
    if (overwrite !== "1") this.#store.refuseExisting(namespace, name);
    const text = await this.#files.read(file).catch((error: unknown) => {
      const gone = error instanceof LakeError && error.status === 404;
      throw gone ? badRequest(`there is no metadata file at ${file}`) : error;
    });
    const [uuid, location] = this.#lake.texts("check_metadata", text);
    const version = Number(/\/(\d{1,9})-[^/]*$/.exec(file)?.[1] ?? 0);
    return () => {
      if (overwrite === "1") this.#store.forgetTable(namespace, name);
      this.#store.addTable({ namespace, name, uuid, location, metadata: file, version });
      return { status: 200, metadata: file };
    };
  }

  async #commit(namespace: string, name: string, body: string): Promise<Change> {
    const work = this.#apply(await this.#base(namespace, name), body);
    this.#checkLists(work);
    await this.#keepFedFiles(work);
    const [row] = await this.#writeAll([work]);
    return () => {
      this.#store.putTable(row);
      this.#tellFeed(row);
      return { status: 200, metadata: row.metadata };
    };
  }

  // The next flush takes a new partition spec or sort order; if this gets lost, the one after it.
  #tellFeed({ namespace, name }: TableRow): void {
    const feed = this.#store.feedOf(namespace, name);
    const tables = this.env.TABLES;
    if (feed === null || tables === undefined) return;
    const stub = tables.get(tables.idFromString(feed)) as unknown as { changed(): Promise<void> };
    this.ctx.waitUntil(stub.changed().catch(() => undefined));
  }

  async #transaction(body: string): Promise<Change> {
    const parts = this.#lake.texts("split_transaction", body);
    const works: Work[] = [];
    for (let i = 0; i < parts.length; i += 2) {
      const { namespace, name } = identifier(JSON.parse(parts[i]));
      if (works.some((w) => w.row.namespace === namespace && w.row.name === name)) {
        throw badRequest(`table ${name} is in the transaction twice`);
      }
      works.push(this.#apply(await this.#base(namespace, name), parts[i + 1]));
    }
    for (const work of works) this.#checkLists(work);
    for (const work of works) await this.#keepFedFiles(work);
    // All are valid before any file is written; the pointers move together.
    const rows = await this.#writeAll(works);
    return () => {
      for (const row of rows) {
        this.#store.putTable(row);
        this.#tellFeed(row);
      }
      return { status: 204 };
    };
  }

  // A snapshot of files elsewhere would be at the mercy of whoever keeps house there.
  #checkLists({ base, metadata, row }: Work): void {
    const { properties, snapshots } = namesIn(metadata);
    const known = new Set(base === "" ? [] : namesIn(base).snapshots);
    const roots = [row.location, properties["write.metadata.path"] ?? row.location];
    for (const list of snapshots) {
      if (known.has(list)) continue;
      this.#files.check(list);
      if (roots.some((root) => list.startsWith(`${root.replace(/\/+$/, "")}/`))) continue;
      throw badRequest(`the manifest list ${list} is not below the table's location`);
    }
  }

  // The object that feeds a table knows where its rows stand: in the files that it wrote. Were they
  // rewritten, its next change of such a row would miss the old one.
  async #keepFedFiles({ base, metadata, row }: Work): Promise<void> {
    if (base === "" || this.#store.feedOf(row.namespace, row.name) === null) return;
    const added = this.#lake.texts("new_snapshots", base, metadata);
    for (let i = 0; i < added.length; i += 2) {
      const [snapshot, list] = added.slice(i, i + 2);
      const bytes = await this.#files.bytes(list);
      for (const path of this.#lake.texts("removing_manifests", bytes, snapshot)) {
        const manifest = await this.#files.bytes(path);
        const [file] = this.#lake.texts("removed_file", manifest, snapshot, FED_FILES);
        if (file === "") continue;
        throw badRequest(
          `${row.name} is fed by a stream, whose file ${file} may not be rewritten: delete in the source`,
        );
      }
    }
  }

  async #base(namespace: string, name: string): Promise<Base> {
    this.#store.properties(namespace);
    const row = this.#store.find(namespace, nameOf(name));
    return { namespace, name, row, text: row === null ? "" : await this.#files.read(row.metadata) };
  }

  #apply({ namespace, name, row, text }: Base, body: string): Work {
    const [metadata, location] = this.#lake.texts(
      "apply_commit",
      text,
      row?.metadata ?? "",
      body,
      row?.uuid ?? "",
      String(Date.now()),
    );
    if (metadata.length > METADATA_BYTES_MAX) {
      throw badRequest("the table's metadata would pass 2 MB: expire snapshots first");
    }
    const [uuid] = this.#lake.texts("check_metadata", metadata);
    const version = row === null ? 0 : row.version + 1;
    return {
      base: text,
      metadata,
      row: { namespace, name, uuid, location, metadata: "", version },
    };
  }

  async #writeAll(works: Work[]): Promise<TableRow[]> {
    for (const { row } of works) this.#files.check(row.location);
    return Promise.all(
      works.map(async ({ row, metadata }) => {
        try {
          return { ...row, metadata: await this.#files.write(row.location, row.version, metadata) };
        } catch (error) {
          // The pointer has not moved, so the state is known: the client may try again.
          throw new LakeError(
            409,
            "CommitFailedException",
            `the metadata could not be stored: ${String(error)}`,
          );
        }
      }),
    );
  }

  #rename(body: string): Change {
    const given = object(body);
    const from = identifier(given.source);
    const to = identifier(given.destination);
    return () => {
      const row = this.#store.table(from.namespace, from.name);
      this.#store.properties(to.namespace);
      this.#store.refuseExisting(to.namespace, to.name);
      // The feed goes along.
      this.#store.moveFeed(from, to);
      this.#store.dropTable(from.namespace, from.name);
      this.#store.addTable({ ...row, ...to });
      return { status: 204 };
    };
  }
}

interface Base {
  namespace: string;
  name: string;
  row: TableRow | null;
  text: string;
}
interface Work {
  /** The metadata that it changes; "" for a new table. */
  base: string;
  metadata: string;
  row: TableRow;
}

// What metadata says in texts: its numbers would be rounded.
function namesIn(metadata: string): { properties: Record<string, string>; snapshots: string[] } {
  const { properties = {}, snapshots = [] } = JSON.parse(metadata) as {
    properties?: Record<string, string>;
    snapshots?: { "manifest-list": string }[];
  };
  return { properties, snapshots: snapshots.map((s) => s["manifest-list"]) };
}

const NOTHING: CatalogAnswer = { status: 204, body: "" };
const json = (status: number, body: unknown): CatalogAnswer => ({
  status,
  body: JSON.stringify(body),
});

const badRequest = (message: string): LakeError =>
  new LakeError(400, "BadRequestException", message);
const unsupported = (message: string): LakeError =>
  new LakeError(406, "UnsupportedOperationException", message);
const noRoute = (path: string[]): LakeError =>
  new LakeError(404, "NotFoundException", `nothing is at /${path.join("/")} by this method`);

async function tableBody(
  file: string | null,
  metadata: string,
  storage: StorageAccess,
): Promise<string> {
  const locate = (): string => (JSON.parse(metadata) as { location: string }).location;
  const config = await configFor(storage, locate);
  const location = file === null ? "" : `"metadata-location":${JSON.stringify(file)},`;
  return `{${location}"metadata":${metadata},"config":${JSON.stringify(config)}}`;
}

const etagOf = (file: string, mode: string, storage: StorageAccess): string =>
  `"${file.split("/").at(-1)!.replaceAll('"', "")}${mode === "refs" ? "-refs" : ""}${keysTag(storage)}"`;
const matches = (header: string, etag: string): boolean =>
  header.split(",").some((tag) => tag.trim() === "*" || tag.trim().replace(/^W\//, "") === etag);

function object(body: string): Record<string, unknown> {
  let given: unknown;
  try {
    given = JSON.parse(body);
  } catch {
    throw badRequest("the body is not JSON");
  }
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw badRequest("the body is not an object");
  return given as Record<string, unknown>;
}

function textMap(given: unknown, what: string): Record<string, string> {
  const is = typeof given === "object" && given !== null && !Array.isArray(given);
  if (!is || Object.values(given).some((v) => typeof v !== "string"))
    throw badRequest(`${what} is an object of texts`);
  return given as Record<string, string>;
}

// A namespace as one text, its parts joined by 0x1F: as it stands in paths, or a list of parts.
function namespaceOf(given: unknown): string {
  const parts = typeof given === "string" ? given.split("\x1f") : given;
  if (
    !Array.isArray(parts) ||
    parts.length === 0 ||
    parts.some((p) => typeof p !== "string" || p.includes("\x1f"))
  ) {
    throw badRequest("a namespace is a list of names");
  }
  return parts.map(nameOf).join("\x1f");
}
const partsOf = (namespace: string): string[] => namespace.split("\x1f");

function nameOf(given: unknown): string {
  if (typeof given !== "string" || given === "" || given.length > NAME_CHARS_MAX) {
    throw badRequest(`a name has 1 to ${NAME_CHARS_MAX} characters`);
  }
  return given;
}

function identifier(given: unknown): { namespace: string; name: string } {
  const { namespace, name } = (given ?? {}) as Record<string, unknown>;
  return { namespace: namespaceOf(namespace), name: nameOf(name) };
}

// A page is asked for by pageToken; without one the answer is everything.
function pageSize({ pageToken, pageSize: size }: Record<string, string>): number {
  if (size !== undefined && !/^[1-9]\d{0,5}$/.test(size))
    throw badRequest("pageSize is a positive number");
  return pageToken === undefined ? -1 : Number(size ?? 1000);
}
const next = (page: { next: string | null }): Record<string, string> =>
  page.next === null ? {} : { "next-page-token": page.next };

async function digest(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(bytes)].map((b) => b.toString(16).padStart(2, "0")).join("");
}
