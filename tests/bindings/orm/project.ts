import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
// @ts-expect-error a script of the build
import { bundle } from "../../../scripts/bundle.mjs";

export interface Outcome {
  name: string;
  outcome: "works" | "pending" | "fails";
  message: string;
}

const root = fileURLToPath(new URL("../../..", import.meta.url));
const here = fileURLToPath(new URL(".", import.meta.url));

/** Runs `script` of this folder where better-sqlite3 is our package; what it said of each feature. */
export async function tryFeatures(script: string): Promise<Outcome[]> {
  const project = mkdtempSync(join(tmpdir(), "dosql-orm-"));
  try {
    const modules = join(project, "node_modules");
    mkdirSync(join(modules, "better-sqlite3/dist"), { recursive: true });
    for (const name of readdirSync(join(root, "node_modules"))) {
      if (!name.startsWith(".")) symlinkSync(join(root, "node_modules", name), join(modules, name));
    }
    copyFileSync(join(root, "package.json"), join(modules, "better-sqlite3/package.json"));
    const dist = join(modules, "better-sqlite3/dist");
    copyFileSync(join(root, "dist/dosql.wasm"), join(dist, "dosql.wasm"));
    await (bundle as (name: string, folder: string) => Promise<void>)("node", dist);
    for (const file of [script, "features.mjs"])
      copyFileSync(join(here, file), join(project, file));
    const flags = ["--preserve-symlinks", "--preserve-symlinks-main"];
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      [...flags, join(project, script)],
      {
        encoding: "utf8",
        cwd: project,
        timeout: 60_000,
      },
    );
    const outcomes = stdout
      .split("\n")
      .filter((line) => line.startsWith('{"name"'))
      .map((line) => JSON.parse(line) as Outcome);
    if (status !== 0) outcomes.push({ name: "runs to its end", outcome: "fails", message: stderr });
    return outcomes;
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
}
