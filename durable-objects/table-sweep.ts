import type { DolakeModule } from "../bindings/lake/dolake-module.ts";
import type { MetadataFiles } from "./metadata-files.ts";

/** A table's state in its catalog. */
export interface SweptTable {
  metadata: string;
  path: string;
  /** Other tables lie there, too. */
  shared: boolean;
}

/** How far a sweep has come. */
export interface SweepPlace {
  /** When it began, in milliseconds since 1970. */
  began: number;
  /** The last key that was looked at; "": none. */
  after: string;
}

interface Metadata {
  location: string;
  "table-uuid": string;
  properties?: Record<string, string>;
  "metadata-log"?: { "metadata-file": string }[];
  snapshots?: { "manifest-list": string }[];
  statistics?: { "statistics-path": string }[];
  "partition-statistics"?: { "statistics-path": string }[];
}

const DAY_MS = 24 * 60 * 60 * 1000;
const KEYS_AT_ONCE = 1000;
const READS_AT_ONCE = 6;

/** How young a file may be that a sweep removes. */
export const GRACE_PROPERTY = "dolake.orphan-grace-ms";

/** The grace of a table's files in milliseconds; null: its files are not to be removed. */
export function graceOf(metadata: string): number | null {
  if (!metadata.includes(GRACE_PROPERTY) && !metadata.includes("gc.enabled")) return DAY_MS;
  const { properties = {} } = JSON.parse(metadata) as Metadata;
  if (properties["gc.enabled"] === "false") return null;
  const given = properties[GRACE_PROPERTY];
  return given !== undefined && /^\d{1,12}$/.test(given) ? Number(given) : DAY_MS;
}

/**
 * TableSweep: removes the files below a table's location that nothing in its metadata names and that are
 * older than the grace: those of expired snapshots, of commits that never were, and metadata files that
 * the log no longer has. What is found to be named once is kept to the end, so a commit that comes in
 * between can only add to it.
 */
export class TableSweep {
  readonly #module: DolakeModule;
  readonly #files: MetadataFiles;
  // Files do not change: each is read once.
  readonly #named = new Set<string>();
  readonly #read = new Set<string>();

  constructor(module: DolakeModule, files: MetadataFiles) {
    this.#module = module;
    this.#files = files;
  }

  /**
   * Looks at the next files behind `place`; null when there are no more. `load` gives the table as it is
   * now. Throws when a manifest cannot be read: then nothing is removed.
   */
  async step(
    place: SweepPlace,
    load: () => Promise<SweptTable | null>,
  ): Promise<SweepPlace | null> {
    const table = await load();
    if (table === null) return null;
    const grace = graceOf(table.metadata);
    const { location, "table-uuid": uuid } = JSON.parse(table.metadata) as Metadata;
    // Elsewhere than where the catalog put it there may be files of others.
    if (grace === null || table.shared || !location.endsWith(`-${uuid}`)) return null;
    const { files, more } = await this.#files.list(`${location}/`, place.after, KEYS_AT_ONCE);
    const before = place.began - grace;
    const old = files.filter(({ uploaded }) => uploaded < before);
    if (old.length > 0) {
      await this.#mark(table);
      // What was committed while manifests were read.
      const now = await load();
      if (now === null) return null;
      if (now.path !== table.path) await this.#mark(now);
      await this.#files.remove(old.map(({ file }) => file).filter((f) => !this.#named.has(f)));
    }
    return more ? { ...place, after: files.at(-1)!.file } : null;
  }

  async #mark({ metadata, path }: SweptTable): Promise<void> {
    const said = JSON.parse(metadata) as Metadata;
    const statistics = [...(said.statistics ?? []), ...(said["partition-statistics"] ?? [])];
    const log = said["metadata-log"] ?? [];
    this.#name([path]);
    this.#name(log.map((entry) => entry["metadata-file"]));
    this.#name(statistics.map((entry) => entry["statistics-path"]));
    const lists = (said.snapshots ?? []).map((snapshot) => snapshot["manifest-list"]);
    const manifests = await this.#namedIn(lists);
    await this.#namedIn(manifests);
  }

  // What these files name, which is noted, as they are.
  async #namedIn(files: string[]): Promise<string[]> {
    this.#name(files);
    const unread = [...new Set(files)].filter((file) => !this.#read.has(file));
    const found: string[] = [];
    for (let i = 0; i < unread.length; i += READS_AT_ONCE) {
      const some = unread.slice(i, i + READS_AT_ONCE);
      const bytes = await Promise.all(some.map((file) => this.#files.bytes(plain(file))));
      for (const each of bytes) found.push(...this.#module.texts("named_files", each));
    }
    this.#name(found);
    for (const file of unread) this.#read.add(file);
    return found;
  }

  #name(files: string[]): void {
    for (const file of files) this.#named.add(plain(file));
  }
}

// Hadoop's names for the same.
const plain = (file: string): string => file.replace(/^s3[an]:/, "s3:");
