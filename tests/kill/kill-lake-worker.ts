import wasm from "../../dist/dolake.wasm";
import { DolakeModule } from "../../bindings/lake/dolake-module.ts";
import worker, { type Env } from "../../worker/index.ts";

export { DoLakeCatalog, DoLakeTable, DoSQL } from "../../worker/index.ts";

const ROOT = "s3://lake/";
const TABLE = "/catalog/v1/main/namespaces/shop/tables/t";

/** GET /files: files of the table that are named and not there, or there and not named. */
async function files(request: Request, env: Env): Promise<Response> {
  const bucket = env.LAKE!;
  const lake = new DolakeModule(wasm);
  const loaded = (await (
    await worker.fetch(new Request(new URL(TABLE, request.url)), env)
  ).json()) as {
    "metadata-location": string;
    metadata: {
      location: string;
      snapshots: { "manifest-list": string }[];
      "metadata-log"?: { "metadata-file": string }[];
    };
  };
  const { metadata } = loaded;
  const there = new Set<string>();
  const prefix = `${metadata.location.slice(ROOT.length)}/`;
  for (let cursor: string | undefined; ;) {
    const page = await bucket.list({ prefix, cursor });
    for (const { key } of page.objects) there.add(ROOT + key);
    if (!page.truncated) break;
    cursor = page.cursor;
  }
  const missing: string[] = [];
  const named = new Set([loaded["metadata-location"]]);
  for (const entry of metadata["metadata-log"] ?? []) named.add(entry["metadata-file"]);
  const namedIn = async (file: string): Promise<string[]> => {
    if (named.has(file)) return [];
    named.add(file);
    const found = await bucket.get(file.slice(ROOT.length));
    if (found === null) return [];
    return lake.texts("named_files", new Uint8Array(await found.arrayBuffer()));
  };
  for (const snapshot of metadata.snapshots)
    for (const manifest of await namedIn(snapshot["manifest-list"]))
      for (const file of await namedIn(manifest)) named.add(file);
  for (const file of named) if (!there.has(file)) missing.push(file);
  const orphans = [...there].filter((file) => !named.has(file));
  return Response.json({ missing, orphans, named: named.size });
}

/** The project's Worker, which also tells what lies in the bucket. */
export default {
  fetch(request: Request, env: Env): Promise<Response> {
    return new URL(request.url).pathname === "/files"
      ? files(request, env)
      : worker.fetch(request, env);
  },
} satisfies ExportedHandler<Env>;
