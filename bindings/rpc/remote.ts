import { DoSQLError } from "../sql/error.ts";
import { decodeFrame, type Shape } from "../sql/frame.ts";
import { appendArrays, appendDefined, appendObjects } from "../sql/rows.ts";
import type { SqlRow, SqlValue } from "../sql/value.ts";
import { Views } from "../sql/views.ts";
import {
  unpack,
  type WireAnswer,
  type WireRequest,
  type WireResult,
  type WireResults,
} from "./wire.ts";

/** A namespace of objects of the class DoSQL, as far as it is used here. */
export interface ObjectNamespace {
  idFromName(name: string): object;
  get(id: object): object;
}

interface Stub {
  runQueries(request: WireRequest): Promise<WireAnswer>;
}

/** Whatever takes requests; RemoteObject, and the engine itself in tests. */
export interface Callee {
  call(request: WireRequest): Promise<WireResults>;
}

/** RemoteObject: one DoSQL object, called by RPC from a Worker. */
export class RemoteObject implements Callee {
  readonly #namespace: ObjectNamespace;
  readonly #id: object;
  #stub: Stub | null = null;

  constructor(namespace: ObjectNamespace, name: string) {
    this.#namespace = namespace;
    this.#id = namespace.idFromName(name);
  }

  /**
   * One round trip. Throws DoSQLError for what the database refuses, and what the platform threw
   * (with its `retryable` and `overloaded`) when the object could not be reached.
   */
  async call(request: WireRequest): Promise<WireResults> {
    // Calls of one stub arrive in their order. One that failed stays broken.
    this.#stub ??= this.#namespace.get(this.#id) as Stub;
    let answer: WireAnswer;
    try {
      answer = await this.#stub.runQueries(request);
    } catch (error) {
      this.#stub = null;
      if (/limited to 32 ?MiB/.test(String(error))) {
        throw new DoSQLError("TooBig", "the request is larger than a call may be, 32 MiB");
      }
      throw error;
    }
    return unpack(answer);
  }
}

/** The rows of a result as arrays. */
export function rowArrays(result: WireResult, shape: Shape): SqlValue[][] {
  const out: SqlValue[][] = [];
  const { length } = result.columns;
  eachFrame(result, shape, (values, rows) => appendArrays(length, values, 0, rows, out));
  return out;
}

/** The rows of a result as objects; of columns with one name the last wins. */
export function rowObjects(result: WireResult, shape: Shape): SqlRow[] {
  const out: SqlRow[] = [];
  const { columns } = result;
  const append = columns.includes("__proto__") ? appendDefined : appendObjects;
  eachFrame(result, shape, (values, rows) => append(columns, values, 0, rows, out));
  return out;
}

function eachFrame(
  { rows: frames }: WireResult,
  shape: Shape,
  take: (values: SqlValue[], rows: number) => void,
): void {
  for (const frame of frames) {
    const views = new Views(frame);
    const values: SqlValue[] = [];
    decodeFrame(views, 0, values, shape);
    take(values, views.u32[2]);
  }
}
