import {
  DOLAKE_ABI_VERSION,
  OPERATIONS,
  type DolakeExports,
  type DolakeImports,
  type Operation,
} from "../abi/dolake.gen.ts";
import { makeImports } from "../sql/imports.ts";
import type { PageHost } from "../storage/page-host.ts";

/** A refusal in the REST catalog's terms. */
export class LakeError extends Error {
  readonly status: number;
  readonly type: string;

  constructor(status: number, type: string, message: string) {
    super(message);
    this.status = status;
    this.type = type;
  }
}

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

const refuse = (): never => {
  throw new Error("this instance of dolake.wasm serves no table");
};
const NO_PAGES: PageHost = {
  faultModel: 0,
  get: refuse,
  getPart: refuse,
  put: refuse,
  putIf: refuse,
  sync: refuse,
  scheduleEndTurn() {},
  trimLog() {},
  close() {},
};

/**
 * DolakeModule: one instance of dolake.wasm, made at its first use and made anew after a trap.
 * Without a PageHost it keeps nothing between calls; with one it serves one table (LakeTable).
 * Everything is synchronous; answers are copies.
 */
export class DolakeModule {
  readonly #module: WebAssembly.Module;
  readonly #pages: PageHost;
  #exports: DolakeExports | null = null;
  #why: unknown;

  constructor(module: WebAssembly.Module, pages: PageHost = NO_PAGES) {
    this.#module = module;
    this.#pages = pages;
  }

  /** Runs an operation of wasm/abi/dolake.def. Throws LakeError for a refusal, a trap included. */
  call(operation: Operation, ...parts: (string | Uint8Array)[]): Uint8Array[] {
    const answer = this.#run((exports) => {
      const bytes = parts.map((p) => (typeof p === "string" ? ENCODER.encode(p) : p));
      const size = bytes.reduce((sum, p) => sum + 4 + p.length, 0);
      const at = exports.input(size) >>> 0;
      putParts(bytes, new Uint8Array(exports.memory.buffer, at, size));
      const block = exports.call(OPERATIONS[operation], size) >>> 0;
      const after = new DataView(exports.memory.buffer);
      const address = after.getUint32(block + 4, true);
      const end = address + after.getUint32(block + 8, true);
      const body = new Uint8Array(exports.memory.buffer).slice(address, end);
      return { code: after.getUint32(block, true), body };
    });
    if (answer.code !== 0) {
      const { error } = JSON.parse(DECODER.decode(answer.body)) as {
        error: { message: string; type: string };
      };
      const cause = this.#why;
      this.#why = undefined;
      const refusal = new LakeError(answer.code, error.type, error.message);
      throw cause === undefined ? refusal : Object.assign(refusal, { cause });
    }
    return readParts(answer.body);
  }

  /** The same, with the answer's parts as texts. */
  texts(operation: Operation, ...parts: (string | Uint8Array)[]): string[] {
    return this.call(operation, ...parts).map((part) => DECODER.decode(part));
  }

  /** Of its memory, which only grows. */
  get memoryBytes(): number {
    return this.#exports?.memory.buffer.byteLength ?? 0;
  }

  /** Traps, as a bug of the module would. */
  trapForTest(): void {
    this.#run((exports) => exports.trap_for_test());
  }

  #run<T>(body: (exports: DolakeExports) => T): T {
    const exports = (this.#exports ??= this.#instantiate());
    try {
      return body(exports);
    } catch (error) {
      this.#exports = null;
      // Nothing outside the instance has changed, and the same request would trap again.
      const words = error instanceof Error ? error.message : String(error);
      throw new LakeError(400, "BadRequestException", `the request cannot be worked on: ${words}`);
    }
  }

  #instantiate(): DolakeExports {
    let memory: WebAssembly.Memory | null = null;
    const imports: DolakeImports = makeImports({
      host: this.#pages,
      bytes: () => new Uint8Array(memory!.buffer),
      hostFailed: (error) => {
        this.#why = error;
      },
      // Each operation ends its turn by itself.
      turnScheduled() {},
      now: () => Date.now() * 1000,
    });
    const instance = new WebAssembly.Instance(this.#module, { env: { ...imports } });
    const exports = instance.exports as unknown as DolakeExports;
    memory = exports.memory;
    exports._initialize();
    const version = exports.abi_version();
    if (version !== DOLAKE_ABI_VERSION) {
      throw new Error(
        `dolake.wasm speaks version ${version} of the boundary, these bindings ${DOLAKE_ABI_VERSION}`,
      );
    }
    return exports;
  }
}

// Each with its size before it, little-endian.
function putParts(parts: Uint8Array[], out: Uint8Array): void {
  const view = new DataView(out.buffer, out.byteOffset, out.byteLength);
  let at = 0;
  for (const part of parts) {
    view.setUint32(at, part.length, true);
    out.set(part, at + 4);
    at += 4 + part.length;
  }
}

/** Parts as one part. */
export function asParts(parts: Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, p) => sum + 4 + p.length, 0));
  putParts(parts, out);
  return out;
}

function readParts(body: Uint8Array): Uint8Array[] {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < body.length;) {
    const size = view.getUint32(at, true);
    parts.push(body.subarray(at + 4, at + 4 + size));
    at += 4 + size;
  }
  return parts;
}
