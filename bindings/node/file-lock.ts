import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { DoSQLError } from "../sql/error.ts";

/**
 * FileLock: one opener at a time, by a file `PATH-lock` that holds the opener's process.
 *
 * The file appears complete (a link to a file written before), so nobody reads half of it. A lock
 * whose process is gone is taken over; process ids come again, so the process's start time is part
 * of its name where the system tells it.
 */
export class FileLock {
  readonly #path: string;
  readonly #content: string;

  /**
   * Throws DoSQLError (Busy) when somebody holds the lock, another process for all of `waitMs`
   * milliseconds. (Waiting for this process would stop the holder as well.)
   */
  constructor(path: string, waitMs = 0) {
    this.#path = path;
    this.#content = JSON.stringify({
      pid: process.pid,
      started: startTime(process.pid),
      token: randomUUID(),
    });
    const own = `${path}.${process.pid}.${randomUUID().slice(0, 8)}`;
    writeFileSync(own, this.#content, { flag: "wx" });
    try {
      const until = performance.now() + waitMs;
      for (let attempt = 0; attempt < 3; attempt++) {
        if (link(own, path)) return;
        const holder = read(path);
        if (holder === null) continue; // released just now
        if (!isAlive(holder)) takeAway(path, holder);
        else if (isOwn(holder) || performance.now() >= until) break;
        else {
          sleep(Math.min(POLL_MS, waitMs));
          attempt = 0;
        }
      }
    } finally {
      rmSync(own, { force: true });
    }
    throw new DoSQLError("Busy", "database is locked", {
      hint: `another connection holds ${path}`,
    });
  }

  release(): void {
    if (read(this.#path) === this.#content) rmSync(this.#path, { force: true });
  }
}

const POLL_MS = 20;

function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function link(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

// Moves the stale lock aside. Somebody may have done so a moment ago and locked anew: then what
// was moved is not what we saw, and goes back.
function takeAway(path: string, stale: string): void {
  const aside = `${path}.stale.${randomUUID().slice(0, 8)}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  if (read(aside) !== stale) link(aside, path);
  rmSync(aside, { force: true });
}

const isOwn = (content: string): boolean =>
  (JSON.parse(content) as { pid?: unknown }).pid === process.pid;

function isAlive(content: string): boolean {
  let pid: unknown;
  let started: unknown;
  try {
    ({ pid, started } = JSON.parse(content) as { pid?: unknown; started?: unknown });
  } catch {
    return false; // not a lock of ours, and no process to ask for
  }
  if (typeof pid !== "number") return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  const now = startTime(pid);
  return now === "" || started === "" || now === started;
}

// The 22nd field of /proc/PID/stat, counted behind the name in parentheses; "" where there is none.
function startTime(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}
