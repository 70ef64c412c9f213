// Makes dist/dosql.wasm or dist/dolake.wasm from what emcc linked: takes away the exports emcc adds for its own
// JavaScript, then runs a current wasm-opt over the module.
// Usage: node wasm/finish.mjs IN OUT [--names] [--boundary=dolake.def]
// --names keeps function names, for the size report; the boundary is abi.def unless another is named.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import binaryen from "binaryen";
import { boundary, RUNTIME_EXPORTS } from "./abi/generate.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const [input, output, ...flags] = process.argv.slice(2);

const def = flags.find((f) => f.startsWith("--boundary="))?.slice("--boundary=".length) ?? "abi.def";
const abi = boundary(def);

// A symbol that nobody defines becomes an import; the linker does not tell it from abi.def's.
const undeclared = WebAssembly.Module.imports(new WebAssembly.Module(readFileSync(input)))
  .filter(({ module, name }) => module !== "env" || !abi.imports.includes(name))
  .map(({ module, name }) => `${module}.${name}`);
if (undeclared.length > 0) {
  console.error(`undefined, or imports that ${def} does not declare:\n  ${undeclared.join("\n  ")}`);
  process.exit(1);
}

const keep = new Set([...abi.exports, ...RUNTIME_EXPORTS]);
const module = binaryen.readBinary(readFileSync(input));
for (let i = module.getNumExports() - 1; i >= 0; i--) {
  const { name } = binaryen.getExportInfo(module.getExportByIndex(i));
  if (!keep.has(name)) module.removeExport(name);
}
const names = flags.includes("--names");
binaryen.setDebugInfo(names);
const pruned = `${output}.pruned`;
mkdirSync(dirname(output), { recursive: true });
writeFileSync(pruned, module.emitBinary());

// The features are those emcc 3.1.6 may use and workerd has; converging because each pass of -Oz
// leaves the next one something.
const { status } = spawnSync(
  process.execPath,
  [
    join(root, "node_modules/binaryen/bin/wasm-opt"),
    pruned, "-o", output, "-Oz", "--converge", "--strip-producers", "--strip-target-features",
    ...(names ? ["-g"] : ["--strip-debug"]),
    "--enable-simd", "--enable-bulk-memory", "--enable-nontrapping-float-to-int",
    "--enable-sign-ext", "--enable-mutable-globals",
  ],
  { stdio: "inherit" },
);
rmSync(pruned, { force: true });
process.exit(status ?? 1);
