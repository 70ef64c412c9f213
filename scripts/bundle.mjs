// Bundles the package's JavaScript entries into dist/ and writes their types.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/**
 * Entry name in dist/ -> its source, whether it runs in Node, and its form: "esm" (the default), or
 * "both" for one CommonJS file with an ES module around it, so that both kinds of import give the
 * same classes.
 */
export const ENTRIES = {
  client: { source: "bindings/d1/index.ts", platform: "neutral" },
  objects: { source: "durable-objects/index.ts", platform: "neutral" },
  lake: { source: "durable-objects/lake.ts", platform: "neutral" },
  changes: { source: "bindings/changes/index.ts", platform: "neutral" },
  worker: { source: "worker/index.ts", platform: "neutral" },
  node: { source: "bindings/node/index.ts", platform: "node", form: "both" },
  shell: { source: "bindings/shell/main.ts", platform: "node", banner: "#!/usr/bin/env node" },
};

// The class itself is what require() gives, as better-sqlite3 has it; the rest hangs on it.
const CJS_BANNER = `const __url = require("node:url").pathToFileURL(__filename).href;`;
const CJS_FOOTER = `module.exports = Object.assign(module.exports.default, { ...module.exports });`;
const ESM_AROUND = `import Database from "./node.cjs";
export const { SqliteError, Statement } = Database;
export { Database, Database as default };
`;
const CJS_TYPES = `import type * as door from "./types/bindings/node/index.js" with { "resolution-mode": "import" };
declare const Database: typeof door.Database & {
  Database: typeof door.Database;
  Statement: typeof door.Statement;
  default: typeof door.Database;
};
declare namespace Database {
  type Database = door.Database;
  type Options = door.Database.Options;
  type Statement<Bind = unknown[], Row = unknown> = door.Database.Statement<Bind, Row>;
  type RunResult = door.Database.RunResult;
  type ColumnDefinition = door.Database.ColumnDefinition;
  type SqliteError = door.Database.SqliteError;
  type Transaction<F extends (...args: never[]) => unknown> = door.Database.Transaction<F>;
}
export = Database;
`;

// The module stays a file of its own: workerd wants it imported, not inlined.
const wasmBesideTheBundle = {
  name: "wasm-beside-the-bundle",
  setup(build) {
    build.onResolve({ filter: /(dosql|dolake)\.wasm$/ }, ({ path }) => ({
      path: `./${path.split("/").at(-1)}`,
      external: true,
    }));
  },
};

/** Builds one entry into `folder`. */
export async function bundle(name, folder = join(root, "dist")) {
  const { source, platform, form = "esm", banner } = ENTRIES[name];
  const cjs = form === "both";
  await build({
    absWorkingDir: root,
    entryPoints: [source],
    outfile: join(folder, cjs ? `${name}.cjs` : `${name}.js`),
    bundle: true,
    format: cjs ? "cjs" : "esm",
    target: "es2023",
    platform,
    minify: true,
    keepNames: cjs, // classes' names show in what users print
    sourcemap: "linked",
    external: ["cloudflare:*", "node:*"],
    plugins: [wasmBesideTheBundle],
    logLevel: "warning",
    ...(cjs && {
      define: { "import.meta.url": "__url" },
      banner: { js: CJS_BANNER },
      footer: { js: CJS_FOOTER },
    }),
    ...(banner && { banner: { js: banner }, define: { DOSQL_VERSION: JSON.stringify(version) } }),
  });
  if (!cjs) return;
  writeFileSync(join(folder, `${name}.js`), ESM_AROUND);
  writeFileSync(join(folder, `${name}.d.cts`), CJS_TYPES);
}

async function main() {
  // Nothing of an earlier build may get into the package.
  for (const name of existsSync(join(root, "dist")) ? readdirSync(join(root, "dist")) : []) {
    if (!/^(dosql|dolake)\.wasm$/.test(name)) rmSync(join(root, "dist", name), { recursive: true });
  }
  for (const [name, { source }] of Object.entries(ENTRIES)) {
    if (!existsSync(join(root, source))) {
      console.log(`[build] dist/${name}.js: left out, ${source} is not there`);
      continue;
    }
    await bundle(name);
    console.log(`[build] dist/${name}.js`);
  }
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { status } = spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], {
    cwd: root,
    stdio: "inherit",
  });
  if (status !== 0) process.exit(1);
  console.log("[build] dist/types");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
