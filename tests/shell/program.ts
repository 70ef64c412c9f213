import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
// @ts-expect-error a script of the build
import { bundle } from "../../scripts/bundle.mjs";

export interface Run {
  out: string;
  err: string;
  code: number | null;
}

/** Program: the bundled shell and a folder to run it in. */
export class Program {
  readonly folder = mkdtempSync(join(tmpdir(), "dosql-shell-"));

  async build(): Promise<void> {
    const dist = join(this.folder, "dist");
    mkdirSync(dist);
    const wasm = fileURLToPath(new URL("../../dist/dosql.wasm", import.meta.url));
    copyFileSync(wasm, join(dist, "dosql.wasm"));
    await (bundle as (name: string, folder: string) => Promise<void>)("shell", dist);
  }

  /**
   * Runs it with these arguments and this standard input. With `interruptAt`, sends SIGINT a moment
   * after its output holds that text, once for each time it is given.
   */
  run(args: string[], input = "", interruptAt?: string, env: NodeJS.ProcessEnv = {}): Promise<Run> {
    const child = spawn(process.execPath, [join(this.folder, "dist/shell.js"), ...args], {
      cwd: this.folder,
      env: { ...process.env, DOSQL_HISTORY: join(this.folder, "history"), ...env },
    });
    const run: Run = { out: "", err: "", code: null };
    let interrupted = interruptAt === undefined;
    child.stdout.on("data", (data: Buffer) => {
      run.out += String(data);
      if (interrupted || !run.out.includes(interruptAt!)) return;
      interrupted = true;
      setTimeout(() => child.kill("SIGINT"), 200);
    });
    child.stderr.on("data", (data: Buffer) => (run.err += String(data)));
    child.stdin.end(input);
    return new Promise((resolve) => {
      child.on("close", (code) => resolve({ ...run, code }));
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
