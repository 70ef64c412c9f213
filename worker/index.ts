import { answerQuery, errorResponse } from "../bindings/rpc/http.ts";
import { RemoteObject } from "../bindings/rpc/remote.ts";
import type { DoLakeTable, LakeTableEnv } from "../durable-objects/dolake-table.ts";
import { LakeSource } from "../durable-objects/lake-source.ts";
import { admit } from "./auth.ts";
import { answerCatalog, CATALOG_PATH, type CatalogWorkerEnv } from "./catalog.ts";

import { answerChanges } from "./changes.ts";
import { answerStream } from "./stream.ts";

export { DoLakeCatalog } from "../durable-objects/dolake-catalog.ts";
export { DoLakeTable } from "../durable-objects/dolake-table.ts";

/** The databases of this Worker: their tables can stream to the lake. */
export class DoSQL extends LakeSource<Env> {}

export interface Env extends CatalogWorkerEnv {
  DATABASES: DurableObjectNamespace<DoSQL>;
  TABLES?: DurableObjectNamespace<DoLakeTable<LakeTableEnv>>;
}

const NAME_CHARS_MAX = 200;

/**
 * The entry Worker: POST /db/:name/query runs SQL in the database of that name, which comes to be at
 * its first use; /db/:name/changes is a WebSocket that changes come over; /db/:name/stream tells and
 * says which of its tables stream to the lake;
 * /catalog/v1/... is Iceberg's REST catalog, where the bindings for it are. Requests and answers are
 * read and written here, so that the object, of which there is one, does nothing but SQL.
 */
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith(CATALOG_PATH) && env.CATALOG && env.LAKE)
      return answerCatalog(request, env);
    const access = await admit(request, env);
    if (access instanceof Response) return access;
    const { name, door } = databaseName(pathname) ?? { name: null, door: "" };
    if (name === null) {
      return errorResponse(404, {
        code: "NotFound",
        message: `nothing is at ${pathname}; databases are at /db/NAME/query`,
      });
    }
    if (door === "changes") return answerChanges(request, env.DATABASES, name, access === "read");
    if (door === "stream") return answerStream(request, env.DATABASES, name, access === "read");
    return answerQuery(request, new RemoteObject(env.DATABASES, name), access === "read");
  },
} satisfies ExportedHandler<Env>;

function databaseName(pathname: string): { name: string; door: string } | null {
  const match = /^\/db\/([^/]+)\/(query|stream|changes)$/.exec(pathname);
  if (match === null) return null;
  try {
    const name = decodeURIComponent(match[1]);
    return name.length <= NAME_CHARS_MAX ? { name, door: match[2] } : null;
  } catch {
    return null;
  }
}
