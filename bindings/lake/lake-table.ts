import type { PageHost } from "../storage/page-host.ts";
import { asParts, DolakeModule } from "./dolake-module.ts";

const DECODER = new TextDecoder();
export const FLUSH_ENTROPY_BYTES = 72;

/** A table as its catalog has it. */
export interface TableState {
  metadata: string;
  /** The file that holds it. */
  path: string;
  /** The current snapshot's manifest list; empty when there is no snapshot. */
  manifestList: Uint8Array;
}

/** The ids of the partition spec and the sort order of new files. */
export interface TableLayout {
  specId: number;
  sortOrderId: number;
  /** The table's properties that say how they are written, as JSON; "": as it says now. */
  writeProperties: string;
}

/** What a flush is made of: with the same batches and the same of these it gives the same files. */
export interface FlushInput extends TableLayout {
  entropy: Uint8Array;
  /** Milliseconds since 1970. */
  now: number;
  /** Of a table that the flush makes. */
  location: string;
  uuid: string;
}

export interface Flush {
  /** The body of the catalog's commit; "" when the catalog took it already. */
  commit: string;
  rows: number;
  deletes: number;
  files: { path: string; bytes: Uint8Array }[];
}

export interface Taken {
  outcome: "taken" | "repeated" | "gap" | "back";
  /** Where the source stands here, as its slot put it; empty: nothing of it was taken. */
  position: Uint8Array;
  why: string;
}

/** What metadata says. */
export interface MetadataFacts {
  uuid: string;
  location: string;
  /** The path of the current snapshot's manifest list; "": there is no snapshot. */
  manifestList: string;
  /** Whether it has the snapshot of the flush that was asked for. */
  flushed: boolean;
}

/**
 * LakeTable: one table of the lake, open in an instance of dolake.wasm over its rows in a PageHost.
 * core/lake/ingest/lake_table.h tells what the calls do. After an error it must be dropped and
 * another one made: nothing that was not committed is kept.
 */
export class LakeTable {
  readonly #module: DolakeModule;
  /** Whether it was flushed before, and must be given its state first. */
  readonly made: boolean;

  constructor(wasm: WebAssembly.Module, pages: PageHost, name: string) {
    this.#module = new DolakeModule(wasm, pages);
    this.made = this.#module.texts("table_open", name)[0] === "1";
  }

  use({ metadata, path, manifestList }: TableState): void {
    this.#module.call("table_use", metadata, path, manifestList);
  }

  take(batch: Uint8Array, position: Uint8Array): Taken {
    const [outcome, at, why] = this.#module.call("table_take", batch, position);
    return {
      outcome: DECODER.decode(outcome) as Taken["outcome"],
      position: at,
      why: DECODER.decode(why),
    };
  }

  status(): {
    pending: boolean;
    pendingBytes: number;
    sources: number;
    misfits: number;
    layout: TableLayout;
  } {
    const [pending, bytes, sources, misfits, spec, order, writeProperties] =
      this.#module.texts("table_status");
    return {
      pending: pending === "1",
      pendingBytes: Number(bytes),
      sources: Number(sources),
      misfits: Number(misfits),
      layout: { specId: Number(spec), sortOrderId: Number(order), writeProperties },
    };
  }

  /** Manifests that the next flush had better merge. */
  toMerge(): string[] {
    return this.#module.texts("table_to_merge");
  }

  /** `merge`: the files of `toMerge`, or none. */
  flush(
    { entropy, now, location, uuid, specId, sortOrderId, writeProperties }: FlushInput,
    merge: Uint8Array[] = [],
  ): Flush {
    const [commit, rows, deletes, ...files] = this.#module.call(
      "table_flush",
      entropy,
      String(now),
      location,
      uuid,
      String(specId),
      String(sortOrderId),
      writeProperties,
      asParts(merge),
    );
    return {
      commit: DECODER.decode(commit),
      rows: Number(DECODER.decode(rows)),
      deletes: Number(DECODER.decode(deletes)),
      files: filesOf(files),
    };
  }

  /** The body of a commit that makes the table, empty. Once it is taken, this must be opened anew. */
  create({ now, location, uuid }: Pick<FlushInput, "now" | "location" | "uuid">): string {
    return this.#module.texts("table_create", String(now), location, uuid)[0];
  }

  /** The flush again, on what others committed meanwhile: its commit, and the files it needs more. */
  rebase(
    { entropy, now }: FlushInput,
    { metadata, path, manifestList }: TableState,
  ): Pick<Flush, "commit" | "files"> {
    const [commit, ...files] = this.#module.call(
      "table_rebase",
      entropy,
      String(now),
      metadata,
      path,
      manifestList,
    );
    return { commit: DECODER.decode(commit), files: filesOf(files) };
  }

  committed(metadata: string, path: string): void {
    this.#module.call("table_committed", metadata, path);
  }

  /** Data files that had better be one (compact.ts), or none. */
  toCompact(): string[] {
    return this.#module.texts("table_to_compact");
  }

  /** The catalog took the compaction of this plan. */
  compacted(plan: Uint8Array, { metadata, path, manifestList }: TableState): void {
    this.#module.call("table_compacted", plan, metadata, path, manifestList);
  }

  facts(metadata: string, entropy: Uint8Array = new Uint8Array()): MetadataFacts {
    const [uuid, location, manifestList, flushed] = this.#module.texts(
      "metadata_facts",
      metadata,
      entropy,
    );
    return { uuid, location, manifestList, flushed: flushed === "1" };
  }
}

export function filesOf(parts: Uint8Array[]): Flush["files"] {
  const files: Flush["files"] = [];
  for (let i = 0; i < parts.length; i += 2) {
    files.push({ path: DECODER.decode(parts[i]), bytes: parts[i + 1] });
  }
  return files;
}
