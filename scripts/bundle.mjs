// Bundles the package's JavaScript entries into dist/ and writes their types.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Entry name in dist/ -> its source and whether it runs in Node. */
export const ENTRIES = {
  objects: { source: "durable-objects/index.ts", platform: "neutral" },
  worker: { source: "worker/index.ts", platform: "neutral" },
  node: { source: "bindings/node/index.ts", platform: "node" },
};

// The module stays a file of its own: workerd wants it imported, not inlined.
const wasmBesideTheBundle = {
  name: "wasm-beside-the-bundle",
  setup(build) {
    build.onResolve({ filter: /dosql\.wasm$/ }, () => ({ path: "./dosql.wasm", external: true }));
  },
};

export async function bundle(name, options = {}) {
  const { source, platform } = ENTRIES[name];
  return build({
    absWorkingDir: root,
    entryPoints: [source],
    outfile: `dist/${name}.js`,
    bundle: true,
    format: "esm",
    target: "es2023",
    platform,
    minify: true,
    sourcemap: "linked",
    external: ["cloudflare:*", "node:*"],
    plugins: [wasmBesideTheBundle],
    logLevel: "warning",
    ...options,
  });
}

async function main() {
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
