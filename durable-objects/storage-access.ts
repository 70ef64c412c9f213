// How engines reach a table's files by S3: settings, and keys. R2's own endpoint takes temporary
// credentials that whoever has the parent keys signs without asking anybody
// (developers.cloudflare.com/r2/api/s3/temporary-credentials): a JWT by HS256 under the parent's secret
// is the session, and its SHA-256 the secret. So each loaded table has keys of its own there, which
// reach its files and end after a while. Other endpoints get the keys as they are.

/** What the Worker knows of it; without `keys` callers bring their own. */
export interface StorageAccess {
  /** Where and how, in the words of Iceberg's S3 file IO. */
  config: Record<string, string>;
  keys?: { id: string; secret: string };
  /** Keys for one table at a time, in place of those. */
  temporary?: { readOnly: boolean; seconds: number };
}

const ENCODER = new TextEncoder();
const R2_HOST = /^([0-9a-f]{32})(\.[a-z]+)?\.r2\.cloudflarestorage\.com$/;

/** Whether the endpoint is R2's own, which takes temporary credentials. */
export const isR2 = (endpoint: string): boolean =>
  URL.canParse(endpoint) && R2_HOST.test(new URL(endpoint).host);

/**
 * The configuration for a table. `locate` tells below which location its files lie
 * (s3://BUCKET/PREFIX), and is asked only where the keys depend on it.
 */
export async function configFor(
  { config, keys, temporary }: StorageAccess,
  locate: () => string,
  now = Date.now(),
): Promise<Record<string, string>> {
  if (keys === undefined) return config;
  const id = { "s3.access-key-id": keys.id };
  if (temporary === undefined) return { ...config, ...id, "s3.secret-access-key": keys.secret };
  const [, bucket, prefix] = /^s3:\/\/([^/]+)\/(.+?)\/*$/.exec(locate()) ?? [];
  if (prefix === undefined) return config;
  const { host } = new URL(config["s3.endpoint"]);
  const issued = Math.floor(now / 1000);
  const expires = issued + temporary.seconds;
  const jwt = await sign(keys.secret, {
    bucket,
    scope: temporary.readOnly ? "object-read-only" : "object-read-write",
    paths: { prefixPaths: [`${prefix}/`], objectPaths: [] },
    sub: R2_HOST.exec(host)![1],
    iss: keys.id,
    aud: host,
    iat: issued,
    exp: expires,
  });
  const digest = await crypto.subtle.digest("SHA-256", ENCODER.encode(jwt));
  return {
    ...config,
    ...id,
    "s3.secret-access-key": [...new Uint8Array(digest)]
      .map((byte) => byte.toString(16).padStart(2, "0"))
      .join(""),
    "s3.session-token": btoa(`jwt/${jwt}`),
    "s3.session-token-expires-at-ms": String(expires * 1000),
  };
}

/**
 * What an answer's ETag must change with besides the metadata: who keeps an answer keeps its keys, so
 * it is another one while they have half their time to go.
 */
export const keysTag = ({ keys, temporary }: StorageAccess, now = Date.now()): string =>
  keys === undefined || temporary === undefined
    ? ""
    : `-${temporary.readOnly ? "r" : "w"}${Math.floor(now / (temporary.seconds * 500))}`;

async function sign(secret: string, claims: object): Promise<string> {
  const part = (value: object): string => base64url(ENCODER.encode(JSON.stringify(value)));
  const body = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", ENCODER.encode(secret), algorithm, false, [
    "sign",
  ]);
  const signature = await crypto.subtle.sign("HMAC", key, ENCODER.encode(body));
  return `${body}.${base64url(new Uint8Array(signature))}`;
}

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
