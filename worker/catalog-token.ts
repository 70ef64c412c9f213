// Bearer tokens of the catalog: BODY.SIGNATURE, both in base64url; the body is {"sub", "exp", "scope"},
// the signature HMAC-SHA-256 of it under CATALOG_TOKEN_KEY.
import { sameSecret } from "./auth.ts";
import { bodyText } from "./body-text.ts";
import { covers, parseScope } from "./catalog-scope.ts";

export interface TokenEnv {
  DOSQL_LOCAL?: string;
  /** Who may ask for tokens (client_credentials), and the key that signs them: three secrets. */
  CATALOG_CLIENT_ID?: string;
  CATALOG_CLIENT_SECRET?: string;
  CATALOG_TOKEN_KEY?: string;
  /** The most that this client may ask for (catalog-scope.ts); everything, where it is not set. */
  CATALOG_CLIENT_SCOPE?: string;
}

const TOKEN_SECONDS = 3600;
const FORM_BYTES_MAX = 10_000;
const ENCODER = new TextEncoder();

/** POST oauth/tokens: a token for the client's id and secret, in the form or by Basic. */
export async function grantToken(
  request: Request,
  env: TokenEnv,
  now = Date.now(),
): Promise<Response> {
  const text = await bodyText(request, FORM_BYTES_MAX);
  if (typeof text !== "string") return refuse(413, "invalid_request", "the form is too long");
  const form = new URLSearchParams(text);
  if (form.get("grant_type") !== "client_credentials") {
    return refuse(400, "unsupported_grant_type", "only client_credentials is granted");
  }
  const { id, secret } = credentials(request, form);
  const { CATALOG_CLIENT_ID: wantId, CATALOG_CLIENT_SECRET: want, CATALOG_TOKEN_KEY: key } = env;
  const local = env.DOSQL_LOCAL === "1";
  if (!local) {
    const right =
      wantId && want && key && (await sameSecret(id, wantId)) && (await sameSecret(secret, want));
    if (!right) return refuse(401, "invalid_client", "these are not the client's id and secret");
  }
  const most = parseScope(env.CATALOG_CLIENT_SCOPE || "catalog");
  if (most === null) return refuse(500, "server_error", "CATALOG_CLIENT_SCOPE is not a scope");
  const asked = parseScope(form.get("scope") ?? "");
  if (asked === null || !asked.every((word) => covers(most, word))) {
    return refuse(400, "invalid_scope", `a scope within "${most.join(" ")}" may be asked for`);
  }
  const scope = (asked.length === 0 ? most : asked).join(" ");
  const exp = Math.floor(now / 1000) + TOKEN_SECONDS;
  const body = encode(ENCODER.encode(JSON.stringify({ sub: id, exp, scope })));
  const token = local ? "local" : `${body}.${encode(await sign(body, key!))}`;
  return Response.json({
    access_token: token,
    token_type: "bearer",
    expires_in: TOKEN_SECONDS,
    scope,
    issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
  });
}

/** What the request's bearer token is: none of ours, one past its time, or the scope of a good one. */
export async function readToken(
  request: Request,
  env: TokenEnv,
  now = Date.now(),
): Promise<"none" | "expired" | string[]> {
  const header = request.headers.get("authorization") ?? "";
  const given = /^Bearer\s+([\w-]+)\.([\w-]+)\s*$/i.exec(header);
  if (given === null || !env.CATALOG_TOKEN_KEY) return "none";
  try {
    const key = await hmac(env.CATALOG_TOKEN_KEY);
    if (!(await crypto.subtle.verify("HMAC", key, decode(given[2]), ENCODER.encode(given[1]))))
      return "none";
    const { exp, scope } = JSON.parse(new TextDecoder().decode(decode(given[1]))) as {
      exp: number;
      scope?: unknown;
    };
    if (!(exp * 1000 > now)) return "expired";
    return (typeof scope === "string" && parseScope(scope)) || [];
  } catch {
    return "none";
  }
}

function credentials(request: Request, form: URLSearchParams): { id: string; secret: string } {
  const basic = /^Basic\s+(\S+)\s*$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  if (basic !== undefined && !form.has("client_secret")) {
    try {
      const [id, ...rest] = atob(basic).split(":");
      return { id, secret: rest.join(":") };
    } catch {
      return { id: "", secret: "" };
    }
  }
  return { id: form.get("client_id") ?? "", secret: form.get("client_secret") ?? "" };
}

const hmac = (key: string): Promise<CryptoKey> =>
  crypto.subtle.importKey("raw", ENCODER.encode(key), { name: "HMAC", hash: "SHA-256" }, false, [
    "sign",
    "verify",
  ]);
const sign = async (text: string, key: string): Promise<Uint8Array> =>
  new Uint8Array(await crypto.subtle.sign("HMAC", await hmac(key), ENCODER.encode(text)));
const encode = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
const decode = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));

function refuse(status: number, error: string, description: string): Response {
  return Response.json({ error, error_description: description }, { status });
}
