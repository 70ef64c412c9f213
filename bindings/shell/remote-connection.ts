import { fromJson, toJson } from "../rpc/json.ts";
import {
  StatementError,
  type Connection,
  type ErrorWords,
  type Outcome,
  type RowSink,
  type Value,
} from "./connection.ts";

interface Answer {
  columns: string[];
  rows: unknown[][];
  meta: { changes: number };
}

/** RemoteConnection: a database behind `POST URL/query` (docs/deploy.md), a request per statement. */
export class RemoteConnection implements Connection {
  readonly name: string;
  readonly #url: string;
  readonly #token: string | undefined;
  #running: AbortController | null = null;

  /** `url` ends with /db/NAME. Throws TypeError when it does not. */
  constructor(url: string, token: string | undefined) {
    const { pathname, origin } = new URL(url);
    const name = /^(.*\/db\/[^/]+)(?:\/query)?\/?$/.exec(pathname)?.[1];
    if (name === undefined) {
      throw new TypeError(`${url} names no database: it must end with /db/NAME`);
    }
    this.name = origin + name;
    this.#url = `${this.name}/query`;
    this.#token = token;
  }

  async run(sql: string, sink?: RowSink): Promise<Outcome> {
    const { columns, rows, meta } = (await this.#post({ sql })) as Answer;
    if (columns.length > 0) {
      await sink?.(
        columns,
        rows.map((row) => row.map(cellFromJson)),
      );
    }
    return { changes: meta.changes };
  }

  async insert(sql: string, rows: readonly Value[][]): Promise<void> {
    await this.#post(rows.map((row) => ({ sql, params: row.map(cellToJson) })));
  }

  cancel(): void {
    this.#running?.abort();
  }

  async close(): Promise<void> {}

  async #post(body: object): Promise<unknown> {
    const controller = new AbortController();
    this.#running = controller;
    try {
      const response = await fetch(this.#url, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          ...(this.#token !== undefined && { authorization: `Bearer ${this.#token}` }),
        },
        body: JSON.stringify(body),
        signal: controller.signal,
      });
      const text = await response.text();
      if (response.ok) return JSON.parse(text);
      throw new StatementError(refusal(response, text));
    } catch (error) {
      if (error instanceof StatementError) throw error;
      if (controller.signal.aborted) {
        const hint = "the server may have gone on with the statement";
        throw new StatementError({ message: "interrupted", code: "SQLITE_INTERRUPT", hint });
      }
      const { cause, message } = error as Error;
      const why = cause instanceof Error ? cause.message || String(cause) : message;
      throw new StatementError({ message: `cannot reach ${this.#url}: ${why}` });
    } finally {
      this.#running = null;
    }
  }
}

// JSON does not tell 1 from 1.0: a number without a fraction is taken for an integer.
function cellFromJson(cell: unknown): Value {
  const value = fromJson(cell, "the answer") as Value;
  return Number.isSafeInteger(value) ? BigInt(value as number) : value;
}

function cellToJson(value: Value): unknown {
  return toJson(value instanceof Uint8Array ? value.slice().buffer : value);
}

function refusal({ status, statusText }: Response, text: string): ErrorWords {
  let words: (ErrorWords & { sqlite?: string }) | undefined;
  try {
    words = (JSON.parse(text) as { error?: ErrorWords }).error;
  } catch {
    // Not one of our servers, or not its own words.
  }
  if (words === undefined) return { message: `the server answered ${status} ${statusText}` };
  const { message, sqlite, line, column, hint } = words;
  if (status === 401) {
    return {
      message: `${message} (HTTP 401)`,
      hint: hint ?? "give the server's token with --token",
    };
  }
  return { message, code: sqlite, line, column, hint };
}
