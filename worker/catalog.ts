import type {
  CatalogAnswer,
  CatalogEnv,
  CatalogRequest,
  DoLakeCatalog,
} from "../durable-objects/dolake-catalog.ts";
import { isR2, type StorageAccess } from "../durable-objects/storage-access.ts";
import { admit, type AuthEnv } from "./auth.ts";
import { bodyText } from "./body-text.ts";
import { accessTo, type Access } from "./catalog-scope.ts";
import { grantToken, readToken, type TokenEnv } from "./catalog-token.ts";

export interface CatalogWorkerEnv extends AuthEnv, TokenEnv, Partial<CatalogEnv> {
  CATALOG?: DurableObjectNamespace<DoLakeCatalog<CatalogEnv>>;
  /** Where engines reach the bucket by S3, and the keys that loaded tables carry. */
  LAKE_S3_ENDPOINT?: string;
  LAKE_S3_REGION?: string;
  LAKE_S3_ACCESS_KEY_ID?: string;
  LAKE_S3_SECRET_ACCESS_KEY?: string;
  /** Keys for callers who may read only, where the endpoint is not R2's; without them those get none. */
  LAKE_S3_READ_ACCESS_KEY_ID?: string;
  LAKE_S3_READ_SECRET_ACCESS_KEY?: string;
  /** How long the keys of a loaded table are good at R2's endpoint: 900 to 604800; 3600 when not said. */
  LAKE_S3_KEY_SECONDS?: string;
}

export const CATALOG_PATH = "/catalog/v1/";

const WAREHOUSE = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$/;
const ROOTS = ["namespaces", "tables", "transactions", "views"];
// What wrangler.toml gives the local bucket.
const LOCAL_KEYS = { id: "local-lake", secret: "local-lake-secret" };

const NAMESPACE = "/v1/{prefix}/namespaces/{namespace}";
const ENDPOINTS = [
  "GET /v1/{prefix}/namespaces",
  "POST /v1/{prefix}/namespaces",
  ...["GET", "HEAD", "DELETE"].map((method) => `${method} ${NAMESPACE}`),
  `POST ${NAMESPACE}/properties`,
  `GET ${NAMESPACE}/tables`,
  `POST ${NAMESPACE}/tables`,
  ...["GET", "HEAD", "POST", "DELETE"].map((method) => `${method} ${NAMESPACE}/tables/{table}`),
  `GET ${NAMESPACE}/tables/{table}/credentials`,
  `POST ${NAMESPACE}/tables/{table}/metrics`,
  `POST ${NAMESPACE}/register`,
  "POST /v1/{prefix}/tables/rename",
  "POST /v1/{prefix}/transactions/commit",
];

/** Answers /catalog/v1/...: Iceberg's REST catalog. Who calls, how much, and for which catalog is
 *  settled here; the rest is the catalog's object's. */
export async function answerCatalog(request: Request, env: CatalogWorkerEnv): Promise<Response> {
  const url = new URL(request.url);
  let path: string[];
  try {
    path = url.pathname.slice(CATALOG_PATH.length).split("/").map(decodeURIComponent);
  } catch {
    return refuse(400, "BadRequestException", "the path is not UTF-8");
  }
  if (path.join("/") === "oauth/tokens") {
    return request.method === "POST"
      ? grantToken(request, env)
      : refuse(405, "BadRequestException", "POST asks for a token");
  }
  const scope = await admitted(request, env);
  if (scope instanceof Response) return scope;
  if (path.join("/") === "config" && request.method === "GET") {
    const warehouse = url.searchParams.get("warehouse") || "default";
    if (!WAREHOUSE.test(warehouse) || ROOTS.includes(warehouse)) {
      return refuse(400, "BadRequestException", "a warehouse is named by letters, digits, _ . -");
    }
    if (accessTo(warehouse, scope) === null) return outOfScope(warehouse);
    return Response.json({
      defaults: {},
      overrides: { prefix: warehouse },
      endpoints: ENDPOINTS,
      "idempotency-key-lifetime": "PT24H",
    });
  }
  const warehouse = ROOTS.includes(path[0]) ? "default" : path.shift()!;
  if (!WAREHOUSE.test(warehouse) || path.length === 0) {
    return refuse(404, "NotFoundException", `nothing is at ${url.pathname}`);
  }
  const access = accessTo(warehouse, scope);
  if (access === null) return outOfScope(warehouse);
  const { method } = request;
  if (!["GET", "HEAD", "POST", "DELETE"].includes(method)) {
    return refuse(405, "BadRequestException", `${method} does nothing here`);
  }
  const reports = path.at(-1) === "metrics";
  if (access === "read" && method !== "GET" && method !== "HEAD" && !reports) {
    return refuse(403, "ForbiddenException", "this token may read only");
  }
  const body = await bodyText(request);
  if (typeof body !== "string") return refuse(body.status, "BadRequestException", body.message);
  const asked: CatalogRequest = {
    method,
    path,
    query: Object.fromEntries(url.searchParams),
    body,
    storage: storageAccess(url, env, access),
  };
  const tag = request.headers.get("if-none-match");
  if (tag !== null) asked.ifNoneMatch = tag;
  const key = request.headers.get("idempotency-key");
  if (key !== null) asked.idempotencyKey = key.slice(0, 200);
  const catalogs = env.CATALOG!;
  let answer: CatalogAnswer;
  try {
    answer = await catalogs.get(catalogs.idFromName(warehouse)).handle(asked);
  } catch (error) {
    // Of a commit this says: nobody knows whether it happened.
    console.error(error);
    return refuse(503, "ServiceUnavailableException", "the catalog did not answer");
  }
  const headers = new Headers();
  if (answer.etag !== undefined) headers.set("etag", answer.etag);
  const empty = answer.body === "" || method === "HEAD";
  if (!empty) headers.set("content-type", "application/json");
  return new Response(empty ? null : answer.body, { status: answer.status, headers });
}

const outOfScope = (warehouse: string): Response =>
  refuse(403, "ForbiddenException", `the token's scope does not reach warehouse ${warehouse}`);

/** The scope of the request's token, or the refusal. */
async function admitted(
  request: Request,
  env: CatalogWorkerEnv,
): Promise<readonly string[] | Response> {
  if (env.DOSQL_LOCAL !== "1") {
    const token = await readToken(request, env);
    if (token === "expired")
      return refuse(419, "AuthenticationTimeoutException", "the token has expired");
    if (token !== "none") return token;
  }
  const access = await admit(request, env);
  if (!(access instanceof Response)) return [access === "all" ? "catalog" : "catalog:read"];
  const { error } = (await access.json()) as { error: { message: string } };
  const response = refuse(401, "NotAuthorizedException", error.message);
  response.headers.set("www-authenticate", "Bearer");
  return response;
}

function storageAccess(url: URL, env: CatalogWorkerEnv, access: Access): StorageAccess {
  const local = env.DOSQL_LOCAL === "1";
  const endpoint =
    env.LAKE_S3_ENDPOINT ?? (local ? `${url.origin}/cdn-cgi/local/r2/s3` : undefined);
  if (endpoint === undefined) return { config: {} };
  const readOnly = access === "read";
  const temporary = isR2(endpoint);
  // R2 takes temporary keys that may only read, so there readers need none of their own.
  const [id, secret] =
    readOnly && !temporary
      ? [env.LAKE_S3_READ_ACCESS_KEY_ID, env.LAKE_S3_READ_SECRET_ACCESS_KEY]
      : [
          env.LAKE_S3_ACCESS_KEY_ID ?? (local ? LOCAL_KEYS.id : undefined),
          env.LAKE_S3_SECRET_ACCESS_KEY ?? (local ? LOCAL_KEYS.secret : undefined),
        ];
  const region = env.LAKE_S3_REGION ?? "auto";
  return {
    config: {
      "s3.endpoint": endpoint,
      "s3.path-style-access": "true",
      "s3.region": region,
      "client.region": region,
    },
    ...(id && secret && { keys: { id, secret } }),
    ...(temporary && { temporary: { readOnly, seconds: keySeconds(env) } }),
  };
}

function keySeconds({ LAKE_S3_KEY_SECONDS: given }: CatalogWorkerEnv): number {
  const seconds = Number(given ?? 3600);
  return Number.isFinite(seconds) ? Math.min(604_800, Math.max(900, Math.floor(seconds))) : 3600;
}

function refuse(code: number, type: string, message: string): Response {
  return Response.json({ error: { message, type, code } }, { status: code });
}
