// JavaScript readers on local files; tests/interop/javascript.py compares what they say.
//
//   node read_files.mjs FOLDER READER FILE...
//
// FOLDER holds node_modules. icebird takes metadata files, hyparquet and parquet-wasm Parquet files. A
// line of JSON for each file: {columns, rows}, or {error}; of parquet-wasm {arrow}, base64 of an IPC stream.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const [folder, reader, ...files] = process.argv.slice(2);
const require = createRequire(join(folder, "package.json"));
const load = (name) => import(pathToFileURL(join(folder, "node_modules", name)).href);

// icebird reads by fetch() alone, and Node's does not know local files.
const fetchRemote = globalThis.fetch;
globalThis.fetch = async (url, options) => {
  if (!String(url).startsWith("file:")) return fetchRemote(url, options);
  const bytes = readFileSync(fileURLToPath(url));
  const range = /^bytes=(\d*)-(\d*)$/.exec(new Headers(options?.headers).get("range") ?? "");
  if (!range) return new Response(bytes);
  const from = range[1] === "" ? bytes.length - Number(range[2]) : Number(range[1]);
  const to = range[1] === "" || range[2] === "" ? bytes.length : Number(range[2]) + 1;
  return new Response(bytes.subarray(from, to), { status: 206 });
};

const readers = {
  async icebird(file) {
    const { icebergMetadata, icebergRead } = await load("icebird/src/index.js");
    const tableUrl = pathToFileURL(dirname(dirname(file))).href;
    const metadata = await icebergMetadata({ tableUrl, metadataFileName: basename(file) });
    const schema = metadata.schemas.find((s) => s["schema-id"] === metadata["current-schema-id"]);
    const rows = await icebergRead({ tableUrl, metadata });
    return { columns: schema.fields.map((f) => f.name), rows };
  },
  async hyparquet(file) {
    const { parquetMetadata, parquetReadObjects, parquetSchema } =
      await load("hyparquet/src/index.js");
    const { compressors } = await load("hyparquet-compressors/src/index.js");
    const bytes = readFileSync(file);
    const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    const columns = parquetSchema(parquetMetadata(buffer)).children.map((c) => c.element.name);
    return { columns, rows: await parquetReadObjects({ file: buffer, compressors }) };
  },
  async "parquet-wasm"(file) {
    const { readParquet } = require("parquet-wasm/node");
    return {
      arrow: Buffer.from(readParquet(readFileSync(file)).intoIPCStream()).toString("base64"),
    };
  },
};

const plain = (_, value) => (typeof value === "bigint" ? String(value) : value);
for (const file of files) {
  let answer;
  try {
    answer = await readers[reader](file);
  } catch (error) {
    answer = { error: String(error?.stack ?? error) };
  }
  process.stdout.write(`${JSON.stringify(answer, plain)}\n`);
}
