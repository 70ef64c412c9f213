/// <reference types="@cloudflare/vitest-plugin/types" />
import { runInDurableObject } from "cloudflare:test";
import type { Engine } from "../../bindings/sql/engine.ts";
import type { Sql } from "../../bindings/sql/sql-storage.ts";
import type { ObjectHost } from "../../bindings/storage/object-host.ts";
import type { DoSQL } from "../../durable-objects/index.ts";
import type { Env } from "../../worker/index.ts";

/** The namespace that wrangler.toml binds. */
export const databases = (env: unknown): Env["DATABASES"] => (env as Env).DATABASES;

/** What a class that extends DoSQL sees of it. */
export interface Inside {
  readonly sql: Sql;
  readonly engine: Engine;
  readonly host: ObjectHost;
  readonly storage: DurableObjectStorage;
  transactionSync<T>(callback: () => T): T;
}

export type Stub = DurableObjectStub<DoSQL<Env>>;

/** Runs `body` as a method of the object would run. */
export function inside<T>(
  stub: Stub,
  body: (object: Inside, state: DurableObjectState) => T | Promise<T>,
): Promise<T> {
  return runInDurableObject(stub, (instance, state) => body(instance as unknown as Inside, state));
}
