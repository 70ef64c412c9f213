import { asParts, DolakeModule } from "./dolake-module.ts";
import { filesOf, type Flush, type TableState } from "./lake-table.ts";

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();
// Files that are read ahead of the one that is worked on.
const AHEAD = 8;

export interface Compaction {
  /** The body of the catalog's commit, which holds on the state it was made of alone. */
  commit: string;
  /** What LakeTable.compacted wants, once it is committed. */
  plan: Uint8Array;
  /** Besides the data files. */
  files: Flush["files"];
}

export interface CompactionFiles {
  /** Bytes [from, to) of a file; all of it without them. */
  read(path: string, from?: number, to?: number): Promise<Uint8Array>;
  /** What comes next of a new data file. */
  write(path: string, bytes: Uint8Array): Promise<void>;
}

/**
 * Makes one data file of those at `paths`: core/lake/ingest/compaction.h. In an instance of its own,
 * whose memory goes with it, and which holds a row group or two of them at a time.
 */
export async function compact(
  module: DolakeModule,
  { metadata, path, manifestList }: TableState,
  paths: string[],
  entropy: Uint8Array,
  { read, write }: CompactionFiles,
): Promise<Compaction> {
  const manifests = module.texts("named_files", manifestList);
  let [file, from, to, ...whole] = module.texts(
    "compaction_begin",
    metadata,
    path,
    manifestList,
    asParts(await Promise.all(manifests.map((manifest) => read(manifest)))),
    asParts(paths.map((p) => ENCODER.encode(p))),
    entropy,
    String(Date.now()),
  );
  const ahead = new Map<string, Promise<Uint8Array>>();
  while (file !== "") {
    for (const next of whole.splice(0, AHEAD - ahead.size)) {
      const bytes = read(next);
      // One that nobody comes to wait for.
      bytes.catch(() => undefined);
      ahead.set(next, bytes);
    }
    const bytes = await (ahead.get(file) ?? read(file, Number(from), Number(to)));
    ahead.delete(file);
    const [nextFile, nextFrom, nextTo, made, piece] = module.call("compaction_take", bytes);
    [file, from, to] = [nextFile, nextFrom, nextTo].map((part) => DECODER.decode(part));
    if (made.length > 0) await write(DECODER.decode(made), piece);
  }
  const [commit, plan, ...files] = module.call("compaction_finish");
  return { commit: DECODER.decode(commit), plan, files: filesOf(files) };
}
