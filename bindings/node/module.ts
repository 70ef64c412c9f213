import { readFileSync } from "node:fs";

let compiled: WebAssembly.Module | null = null;

/** dosql.wasm, from beside this file (dist/) or from dist/ when run from the sources. */
export function dosqlModule(): WebAssembly.Module {
  if (compiled !== null) return compiled;
  for (const place of ["./dosql.wasm", "../../dist/dosql.wasm"]) {
    try {
      return (compiled = new WebAssembly.Module(readFileSync(new URL(place, import.meta.url))));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  throw new Error("dosql.wasm is missing: npm run build makes it");
}
