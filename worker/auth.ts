import { errorResponse } from "../bindings/rpc/http.ts";

export interface AuthEnv {
  /** The bearer token that callers must show: `wrangler secret put DOSQL_TOKEN`. */
  DOSQL_TOKEN?: string;
  /** A token that may read only: `wrangler secret put DOSQL_READ_TOKEN`. */
  DOSQL_READ_TOKEN?: string;
  /** "1" opens the door without a token. Only `wrangler dev --var DOSQL_LOCAL:1` may set it. */
  DOSQL_LOCAL?: string;
}

/** What the request may do, or the refusal. */
export async function admit(request: Request, env: AuthEnv): Promise<"all" | "read" | Response> {
  const { DOSQL_LOCAL, DOSQL_TOKEN, DOSQL_READ_TOKEN } = env;
  if (DOSQL_LOCAL === "1") return "all";
  if (!DOSQL_TOKEN && !DOSQL_READ_TOKEN) {
    return unauthorized("no token is configured: set the secret DOSQL_TOKEN");
  }
  const header = request.headers.get("authorization") ?? "";
  const given = /^Bearer\s+(\S+)\s*$/i.exec(header)?.[1];
  if (given === undefined) return unauthorized("a bearer token is required");
  if (DOSQL_TOKEN && (await sameSecret(given, DOSQL_TOKEN))) return "all";
  if (DOSQL_READ_TOKEN && (await sameSecret(given, DOSQL_READ_TOKEN))) return "read";
  return unauthorized("this token is not the right one");
}

function unauthorized(message: string): Response {
  return errorResponse(401, { code: "Authorization", message }, { "www-authenticate": "Bearer" });
}

// Digests have one length and tell nothing of how much of the texts agrees, so the time this takes
// does not either.
export async function sameSecret(a: string, b: string): Promise<boolean> {
  const digest = async (text: string): Promise<Uint8Array> =>
    new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  const [x, y] = await Promise.all([digest(a), digest(b)]);
  let difference = 0;
  for (let i = 0; i < x.length; i++) difference |= x[i] ^ y[i];
  return difference === 0;
}
