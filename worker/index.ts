import { answerQuery, errorResponse } from "../bindings/rpc/http.ts";
import { RemoteObject } from "../bindings/rpc/remote.ts";
import type { DoSQL } from "../durable-objects/index.ts";
import { admit } from "./auth.ts";
import { answerCatalog, CATALOG_PATH, type CatalogWorkerEnv } from "./catalog.ts";

export { DoSQL } from "../durable-objects/index.ts";
export { DoLakeCatalog } from "../durable-objects/dolake-catalog.ts";

export interface Env extends CatalogWorkerEnv {
  DATABASES: DurableObjectNamespace<DoSQL<Env>>;
}

const NAME_CHARS_MAX = 200;

/**
 * The entry Worker: /catalog/v1/... is Iceberg's REST catalog, where the bindings for it are; POST /db/:name/query runs SQL in the database of that name, which comes to be
 * at its first use. Requests and answers are read and written here, so that the object, of which
 * there is one, does nothing but SQL.
 */
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith(CATALOG_PATH) && env.CATALOG && env.LAKE)
      return answerCatalog(request, env);
    const access = await admit(request, env);
    if (access instanceof Response) return access;
    const name = databaseName(pathname);
    if (name === null) {
      return errorResponse(404, {
        code: "NotFound",
        message: `nothing is at ${pathname}; databases are at /db/NAME/query`,
      });
    }
    return answerQuery(request, new RemoteObject(env.DATABASES, name), access === "read");
  },
} satisfies ExportedHandler<Env>;

function databaseName(pathname: string): string | null {
  const match = /^\/db\/([^/]+)\/query$/.exec(pathname);
  if (match === null) return null;
  try {
    const name = decodeURIComponent(match[1]);
    return name.length <= NAME_CHARS_MAX ? name : null;
  } catch {
    return null;
  }
}
