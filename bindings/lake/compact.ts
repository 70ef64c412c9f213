import { asParts, DolakeModule } from "./dolake-module.ts";
import { filesOf, type Flush, type TableState } from "./lake-table.ts";

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

export interface Compaction {
  /** The body of the catalog's commit, which holds on the state it was made of alone. */
  commit: string;
  /** What LakeTable.compacted wants, once it is committed. */
  plan: Uint8Array;
  files: Flush["files"];
}

/**
 * Makes one data file of those at `paths`: core/lake/ingest/compaction.h. In an instance of its own,
 * whose memory goes with it.
 */
export async function compact(
  wasm: WebAssembly.Module,
  { metadata, path, manifestList }: TableState,
  paths: string[],
  entropy: Uint8Array,
  read: (path: string) => Promise<Uint8Array>,
): Promise<Compaction> {
  const module = new DolakeModule(wasm);
  const all = async (files: string[]): Promise<Uint8Array> =>
    asParts(await Promise.all(files.map(read)));
  const input = [
    metadata,
    path,
    manifestList,
    await all(module.texts("named_files", manifestList)),
    asParts(paths.map((p) => ENCODER.encode(p))),
  ];
  const deletes = module.texts("compaction_deletes", ...input);
  const [commit, plan, ...files] = module.call(
    "compact",
    ...input,
    await all(paths),
    await all(deletes),
    entropy,
    String(Date.now()),
  );
  return { commit: DECODER.decode(commit), plan, files: filesOf(files) };
}
