import { errorResponse, failureResponse } from "../bindings/rpc/http.ts";
import type { DoSQL } from "../durable-objects/index.ts";
import { refuse, type AuthEnv } from "./auth.ts";

export { DoSQL } from "../durable-objects/index.ts";

export interface Env extends AuthEnv {
  DATABASES: DurableObjectNamespace<DoSQL<Env>>;
}

const NAME_CHARS_MAX = 200;

/**
 * The entry Worker: POST /db/:name/query runs SQL in the database of that name, which comes to be
 * at its first use. The object itself reads the request and writes the answer.
 */
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const refusal = await refuse(request, env);
    if (refusal !== null) return refusal;
    const { pathname } = new URL(request.url);
    const name = databaseName(pathname);
    if (name === null) {
      return errorResponse(404, {
        code: "NotFound",
        message: `nothing is at ${pathname}; databases are at /db/NAME/query`,
      });
    }
    try {
      const database = env.DATABASES.get(env.DATABASES.idFromName(name));
      return await database.fetch(new Request("https://database/query", request));
    } catch (error) {
      return failureResponse(error);
    }
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
