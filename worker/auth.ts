import { errorResponse } from "../bindings/rpc/http.ts";

export interface AuthEnv {
  /** The bearer token that callers must show: `wrangler secret put DOSQL_TOKEN`. */
  DOSQL_TOKEN?: string;
  /** "1" opens the door without a token. Only `wrangler dev --var DOSQL_LOCAL:1` may set it. */
  DOSQL_LOCAL?: string;
}

/** Null when the request may pass, else the refusal. */
export async function refuse(request: Request, env: AuthEnv): Promise<Response | null> {
  if (env.DOSQL_LOCAL === "1") return null;
  if (!env.DOSQL_TOKEN) {
    return unauthorized("no token is configured: set the secret DOSQL_TOKEN");
  }
  const header = request.headers.get("authorization") ?? "";
  const given = /^Bearer\s+(\S+)\s*$/i.exec(header)?.[1];
  if (given === undefined) return unauthorized("a bearer token is required");
  if (await sameSecret(given, env.DOSQL_TOKEN)) return null;
  return unauthorized("this token is not the right one");
}

function unauthorized(message: string): Response {
  return errorResponse(401, { code: "Authorization", message }, { "www-authenticate": "Bearer" });
}

// Digests have one length and tell nothing of how much of the texts agrees, so the time this takes
// does not either.
async function sameSecret(a: string, b: string): Promise<boolean> {
  const digest = async (text: string): Promise<Uint8Array> =>
    new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  const [x, y] = await Promise.all([digest(a), digest(b)]);
  let difference = 0;
  for (let i = 0; i < x.length; i++) difference |= x[i] ^ y[i];
  return difference === 0;
}
