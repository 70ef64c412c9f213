import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import wasm from "../../dist/dolake.wasm";
import { DolakeModule, LakeError } from "../../bindings/lake/dolake-module.ts";
import worker, { type Env } from "../../worker/index.ts";

const local: Env = { ...(env as Env), DOSQL_LOCAL: "1" };

interface Answer {
  status: number;
  headers: Headers;
  text: string;
  // eslint-disable-next-line -- the shape is what is tested
  body: any;
}

async function call(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
  environment: Env = local,
): Promise<Answer> {
  const init: RequestInit = { method, headers };
  if (body !== undefined) init.body = typeof body === "string" ? body : JSON.stringify(body);
  const response = await worker.fetch(
    new Request(`https://example.com/catalog/v1/${path}`, init),
    environment,
  );
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: text === "" ? null : JSON.parse(text),
  };
}

const refused = (answer: Answer, status: number, type: string): void => {
  expect([answer.status, answer.body?.error?.type, answer.body?.error?.code]).toEqual([
    status,
    type,
    status,
  ]);
  expect(answer.body.error.message).not.toBe("");
};

const schema = {
  type: "struct",
  "schema-id": 0,
  fields: [{ id: 1, name: "id", required: false, type: "long" }],
};
const setProperty = (key: string, value = "x") => ({
  action: "set-properties",
  updates: { [key]: value },
});

/** A catalog of its own with namespace n and the tables named. */
async function catalog(name: string, ...tables: string[]): Promise<string> {
  await call("POST", `${name}/namespaces`, { namespace: ["n"] });
  for (const table of tables) {
    expect(
      (await call("POST", `${name}/namespaces/n/tables`, { name: table, schema })).status,
    ).toBe(200);
  }
  return `${name}/namespaces/n/tables`;
}

// Where tokens are asked for.
const granting: Env = {
  ...(env as Env),
  CATALOG_CLIENT_ID: "id",
  CATALOG_CLIENT_SECRET: "s",
  CATALOG_TOKEN_KEY: "key",
};
const form = { "content-type": "application/x-www-form-urlencoded" };

describe("config and access", () => {
  it("names the prefix and the endpoints", async () => {
    const { body } = await call("GET", "config?warehouse=w1");
    expect(body.overrides).toEqual({ prefix: "w1" });
    expect(body.endpoints).toContain("POST /v1/{prefix}/transactions/commit");
    expect(body.endpoints.filter((e: string) => e.includes("view"))).toEqual([]);
    refused(await call("GET", "config?warehouse=a%2Fb"), 400, "BadRequestException");
  });

  it("wants a token, and lets a reader read", async () => {
    const closed: Env = { ...(env as Env), DOSQL_TOKEN: "all", DOSQL_READ_TOKEN: "read" };
    refused(await call("GET", "config", undefined, {}, closed), 401, "NotAuthorizedException");
    refused(
      await call("GET", "config", undefined, { authorization: "Bearer no" }, closed),
      401,
      "NotAuthorizedException",
    );
    const reader = { authorization: "Bearer read" };
    expect((await call("GET", "config", undefined, reader, closed)).status).toBe(200);
    refused(
      await call("POST", "w/namespaces", { namespace: ["n"] }, reader, closed),
      403,
      "ForbiddenException",
    );
    expect(
      (
        await call(
          "POST",
          "access/namespaces",
          { namespace: ["n"] },
          { authorization: "Bearer all" },
          closed,
        )
      ).status,
    ).toBe(200);
  });

  it("grants tokens for the client's id and secret", async () => {
    const ask = (fields: string) => call("POST", "oauth/tokens", fields, form, granting);
    expect((await ask("grant_type=password")).body.error).toBe("unsupported_grant_type");
    expect((await ask("grant_type=client_credentials&client_id=id&client_secret=t")).status).toBe(
      401,
    );
    const { body } = await ask("grant_type=client_credentials&client_id=id&client_secret=s");
    const bearer = (token: string) =>
      call("GET", "config", undefined, { authorization: `Bearer ${token}` }, granting);
    expect((await bearer(body.access_token)).status).toBe(200);
    expect((await bearer(`${body.access_token.slice(0, -3)}AAA`)).status).toBe(401);
    const payload = btoa(JSON.stringify({ sub: "id", exp: 1 })).replaceAll("=", "");
    const key = await crypto.subtle.importKey(
      "raw",
      new TextEncoder().encode("key"),
      { name: "HMAC", hash: "SHA-256" },
      false,
      ["sign"],
    );
    const signature = new Uint8Array(
      await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(payload)),
    );
    const text = btoa(String.fromCharCode(...signature))
      .replaceAll("+", "-")
      .replaceAll("/", "_")
      .replaceAll("=", "");
    refused(await bearer(`${payload}.${text}`), 419, "AuthenticationTimeoutException");
  });

  it("grants tokens of a scope, and holds them to it", async () => {
    const ask = (scope: string, most?: string) =>
      call(
        "POST",
        "oauth/tokens",
        `grant_type=client_credentials&client_id=id&client_secret=s&scope=${encodeURIComponent(scope)}`,
        form,
        { ...granting, CATALOG_CLIENT_SCOPE: most },
      );
    const granted = async (scope: string, most?: string) => (await ask(scope, most)).body.scope;
    expect(await granted("")).toBe("catalog");
    expect(await granted("PRINCIPAL_ROLE:ALL")).toBe("catalog");
    expect(await granted("", "warehouse:a catalog:read")).toBe("warehouse:a catalog:read");
    expect(await granted("warehouse:b:read", "warehouse:a catalog:read")).toBe("warehouse:b:read");
    for (const [scope, most] of [
      ["warehouse:b", "warehouse:a catalog:read"],
      ["catalog", "warehouse:a"],
      ["everything", undefined],
      ["catalog warehouse:", undefined],
    ]) {
      const { status, body } = await ask(scope!, most);
      expect([status, body.error], scope).toEqual([400, "invalid_scope"]);
    }
    const { body } = await ask("warehouse:scope-a warehouse:scope-b:read");
    const as = (method: string, path: string, json?: unknown) =>
      call(method, path, json, { authorization: `Bearer ${body.access_token}` }, granting);
    expect((await as("GET", "config?warehouse=scope-b")).status).toBe(200);
    expect((await as("POST", "scope-a/namespaces", { namespace: ["n"] })).status).toBe(200);
    expect((await as("GET", "scope-b/namespaces")).status).toBe(200);
    for (const [method, path] of [
      ["POST", "scope-b/namespaces"],
      ["GET", "scope-c/namespaces"],
      ["GET", "config?warehouse=scope-c"],
      ["GET", "namespaces"],
    ]) {
      const json = method === "POST" ? { namespace: ["n"] } : undefined;
      refused(await as(method, path, json), 403, "ForbiddenException");
    }
  });

  it("refuses what is too long, unknown or of views", async () => {
    refused(
      await call("POST", "big/namespaces", "x".repeat((1 << 20) + 1)),
      413,
      "BadRequestException",
    );
    refused(await call("GET", "w/nothing"), 404, "NotFoundException");
    refused(await call("GET", "v0/namespaces/n/views"), 404, "NoSuchNamespaceException");
    await catalog("v");
    refused(await call("GET", "v/namespaces/n/views"), 406, "UnsupportedOperationException");
    refused(await call("POST", "v/namespaces/n/views", {}), 406, "UnsupportedOperationException");
    refused(await call("GET", "v/namespaces/n/views/a"), 404, "NoSuchViewException");
  });
});

describe("namespaces", () => {
  it("are made, listed, changed and dropped", async () => {
    const at = "spaces/namespaces";
    expect((await call("POST", at, { namespace: ["a"], properties: { k: "v" } })).body).toEqual({
      namespace: ["a"],
      properties: { k: "v" },
    });
    refused(await call("POST", at, { namespace: ["a"] }), 409, "AlreadyExistsException");
    refused(await call("POST", at, { namespace: [] }), 400, "BadRequestException");
    refused(await call("POST", at, "{"), 400, "BadRequestException");
    refused(await call("POST", at, { namespace: ["no", "b"] }), 404, "NoSuchNamespaceException");
    await call("POST", at, { namespace: ["a", "b"] });
    expect((await call("GET", at)).body).toEqual({ namespaces: [["a"]] });
    expect((await call("GET", `${at}?parent=a`)).body).toEqual({ namespaces: [["a", "b"]] });
    refused(await call("GET", `${at}?parent=zz`), 404, "NoSuchNamespaceException");
    expect((await call("HEAD", `${at}/a%1Fb`)).status).toBe(204);
    expect((await call("HEAD", `${at}/zz`)).status).toBe(404);
    const change = { removals: ["k", "gone"], updates: { n: "1" } };
    expect((await call("POST", `${at}/a/properties`, change)).body).toEqual({
      updated: ["n"],
      removed: ["k"],
      missing: ["gone"],
    });
    refused(
      await call("POST", `${at}/a/properties`, { removals: ["n"], updates: { n: "2" } }),
      422,
      "UnprocessableEntityException",
    );
    expect((await call("GET", `${at}/a`)).body.properties).toEqual({ n: "1" });
    refused(await call("DELETE", `${at}/a`), 409, "NamespaceNotEmptyException");
    expect((await call("DELETE", `${at}/a%1Fb`)).status).toBe(204);
    expect((await call("DELETE", `${at}/a`)).status).toBe(204);
    refused(await call("GET", `${at}/a`), 404, "NoSuchNamespaceException");
  });

  it("come in pages when asked for", async () => {
    for (const name of ["a", "b%", "c"])
      await call("POST", "pages/namespaces", { namespace: [name] });
    const first = (await call("GET", "pages/namespaces?pageToken=&pageSize=2")).body;
    expect(first.namespaces).toEqual([["a"], ["b%"]]);
    const token = encodeURIComponent(first["next-page-token"]);
    expect((await call("GET", `pages/namespaces?pageSize=2&pageToken=${token}`)).body).toEqual({
      namespaces: [["c"]],
    });
    refused(
      await call("GET", "pages/namespaces?pageToken=&pageSize=0"),
      400,
      "BadRequestException",
    );
  });
});

describe("tables", () => {
  it("are created, loaded, renamed, registered and dropped", async () => {
    const at = await catalog("whole", "t");
    refused(await call("POST", at, { name: "t", schema }), 409, "AlreadyExistsException");
    refused(await call("POST", at, { name: "u" }), 400, "BadRequestException");
    refused(
      await call("POST", at, { name: "u", schema, location: "s3://other/x" }),
      400,
      "BadRequestException",
    );
    refused(
      await call("POST", "whole/namespaces/zz/tables", { name: "u", schema }),
      404,
      "NoSuchNamespaceException",
    );
    const { body } = await call("GET", `${at}/t`);
    expect(body["metadata-location"]).toMatch(
      /^s3:\/\/lake\/n\/t-[0-9a-f-]{36}\/metadata\/00000-[0-9a-f-]{36}\.metadata\.json$/,
    );
    expect(body.config).toMatchObject({
      "s3.path-style-access": "true",
      "s3.access-key-id": "local-lake",
    });
    expect(
      await (await local.LAKE!.get(body["metadata-location"].slice("s3://lake/".length)))!.json(),
    ).toEqual(body.metadata);
    expect((await call("HEAD", `${at}/t`)).status).toBe(204);
    refused(await call("GET", `${at}/zz`), 404, "NoSuchTableException");
    refused(await call("GET", "whole/namespaces/zz/tables/t"), 404, "NoSuchTableException");
    expect((await call("GET", `${at}/t/credentials`)).body["storage-credentials"]).toHaveLength(1);
    expect((await call("POST", `${at}/t/metrics`, {})).status).toBe(204);
    const rename = (to: string) => ({
      source: { namespace: ["n"], name: "t" },
      destination: { namespace: [to], name: "u" },
    });
    refused(
      await call("POST", "whole/tables/rename", rename("zz")),
      404,
      "NoSuchNamespaceException",
    );
    expect((await call("POST", "whole/tables/rename", rename("n"))).status).toBe(204);
    refused(await call("POST", "whole/tables/rename", rename("n")), 404, "NoSuchTableException");
    expect((await call("GET", at)).body.identifiers).toEqual([{ namespace: ["n"], name: "u" }]);
    expect((await call("DELETE", `${at}/u`)).status).toBe(204);
    const register = { name: "r", "metadata-location": body["metadata-location"] };
    expect((await call("POST", "whole/namespaces/n/register", register)).body.metadata).toEqual(
      body.metadata,
    );
    refused(
      await call("POST", "whole/namespaces/n/register", register),
      409,
      "AlreadyExistsException",
    );
    expect(
      (await call("POST", "whole/namespaces/n/register", { ...register, overwrite: true })).status,
    ).toBe(200);
    refused(
      await call("POST", "whole/namespaces/n/register", {
        name: "q",
        "metadata-location": "s3://lake/no",
      }),
      400,
      "BadRequestException",
    );
    expect(
      (await call("POST", "whole/namespaces/n/register", { ...register, name: "s" })).status,
    ).toBe(200);
    await call("DELETE", `${at}/s?purgeRequested=true`);
    expect((await call("GET", `${at}/r`)).body.metadata).toEqual(body.metadata);
    expect((await call("DELETE", `${at}/r?purgeRequested=true`)).status).toBe(204);
    refused(await call("DELETE", `${at}/r`), 404, "NoSuchTableException");
    const key = body["metadata-location"].slice("s3://lake/".length);
    await vi.waitFor(async () => expect(await local.LAKE!.head(key)).toBeNull());
    refused(
      await call("POST", "whole/namespaces/n/register", register),
      400,
      "BadRequestException",
    );
  });

  it("answer 304 while they have not changed", async () => {
    const at = await catalog("etags", "t");
    const etag = (await call("GET", `${at}/t`)).headers.get("etag")!;
    expect((await call("GET", `${at}/t`, undefined, { "if-none-match": etag })).status).toBe(304);
    const refs = await call("GET", `${at}/t?snapshots=refs`, undefined, { "if-none-match": etag });
    expect(refs.status).toBe(200);
    expect(refs.body.metadata["table-uuid"]).toMatch(/-/);
    const changed = await call("POST", `${at}/t`, {
      requirements: [],
      updates: [setProperty("a")],
    });
    expect(changed.headers.get("etag")).not.toBe(etag);
    expect((await call("GET", `${at}/t`, undefined, { "if-none-match": etag })).status).toBe(200);
    refused(await call("GET", `${at}/t?snapshots=some`), 400, "BadRequestException");
  });

  it("stage without being there until the commit", async () => {
    const at = await catalog("staged");
    const { body } = await call("POST", at, { name: "t", schema, "stage-create": true });
    expect(body["metadata-location"]).toBeUndefined();
    refused(await call("GET", `${at}/t`), 404, "NoSuchTableException");
    refused(
      await call("POST", `${at}/t`, { requirements: [], updates: [] }),
      404,
      "NoSuchTableException",
    );
  });
});

describe("commits", () => {
  it("write a new file each, and refuse what does not hold", async () => {
    const at = await catalog("commits", "t");
    const before = (await call("GET", `${at}/t`)).body;
    const uuid = before.metadata["table-uuid"];
    const { body } = await call("POST", `${at}/t`, {
      requirements: [{ type: "assert-table-uuid", uuid }],
      updates: [setProperty("a")],
    });
    expect(body["metadata-location"]).toContain("/metadata/00001-");
    expect(body.metadata["metadata-log"]).toHaveLength(1);
    const other = { type: "assert-table-uuid", uuid: crypto.randomUUID() };
    refused(
      await call("POST", `${at}/t`, { requirements: [other], updates: [] }),
      409,
      "CommitFailedException",
    );
    refused(
      await call("POST", `${at}/t`, { requirements: [{ type: "assert-create" }], updates: [] }),
      409,
      "CommitFailedException",
    );
    refused(
      await call("POST", `${at}/t`, { requirements: [], updates: [{ action: "fly" }] }),
      400,
      "BadRequestException",
    );
    refused(await call("POST", `${at}/t`, "[".repeat(5000)), 400, "BadRequestException");
    refused(
      await call("POST", `${at}/zz`, { requirements: [], updates: [] }),
      404,
      "NoSuchTableException",
    );
    expect((await call("GET", `${at}/t`)).body).toEqual(body);
  });

  it("that race leave all of what they said", async () => {
    const at = await catalog("races", "t");
    const names = ["a", "b", "c", "d", "e"];
    const answers = await Promise.all(
      names.map((n) => call("POST", `${at}/t`, { requirements: [], updates: [setProperty(n)] })),
    );
    expect(answers.map((a) => a.status)).toEqual(names.map(() => 200));
    const { body } = await call("GET", `${at}/t`);
    expect(Object.keys(body.metadata.properties).sort()).toEqual(names);
    expect(body["metadata-location"]).toContain("/00005-");
  });

  it("happen once for an Idempotency-Key", async () => {
    const at = await catalog("keys", "t");
    const commit = { requirements: [], updates: [setProperty("a")] };
    const key = { "idempotency-key": crypto.randomUUID() };
    const first = await call("POST", `${at}/t`, commit, key);
    expect((await call("POST", `${at}/t`, commit, key)).body).toEqual(first.body);
    expect((await call("GET", `${at}/t`)).body["metadata-location"]).toContain("/00001-");
    refused(
      await call("POST", `${at}/t`, { ...commit, updates: [] }, key),
      422,
      "UnprocessableEntityException",
    );
  });

  it("of several tables happen together or not at all", async () => {
    const at = await catalog("several", "t", "u");
    const change = (name: string, requirements: unknown[] = []) => ({
      identifier: { namespace: ["n"], name },
      requirements,
      updates: [setProperty("a")],
    });
    const commit = (...changes: unknown[]) =>
      call("POST", "several/transactions/commit", { "table-changes": changes });
    const files = async () =>
      Promise.all(
        ["t", "u"].map(
          async (n) =>
            /\/(\d+)-/.exec(
              (await call("GET", `${at}/${n}`)).body["metadata-location"].split("/metadata")[1],
            )![1],
        ),
      );
    refused(
      await commit(change("t"), change("u", [{ type: "assert-create" }])),
      409,
      "CommitFailedException",
    );
    refused(await commit(change("t"), change("zz")), 404, "NoSuchTableException");
    refused(await commit(change("t"), change("t")), 400, "BadRequestException");
    refused(await commit(), 400, "BadRequestException");
    expect(await files()).toEqual(["00000", "00000"]);
    expect((await commit(change("t"), change("u"))).status).toBe(204);
    expect(await files()).toEqual(["00001", "00001"]);
  });
});

describe("DolakeModule", () => {
  it("goes on after a trap", () => {
    const lake = new DolakeModule(wasm);
    expect(() => lake.trapForTest()).toThrow(LakeError);
    const [name] = lake.texts(
      "create_table",
      JSON.stringify({ name: "t", schema }),
      "s3://b/t",
      "",
      "1",
    );
    expect(name).toBe("t");
    expect(() => lake.call("check_metadata", "{}")).toThrow(LakeError);
    expect(() => lake.call("check_metadata")).toThrow(/wrong shape/);
  });
});

describe("the keys of a loaded table", () => {
  const R2 = "https://0123456789abcdef0123456789abcdef.r2.cloudflarestorage.com";
  const keys = {
    LAKE_S3_ACCESS_KEY_ID: "parent",
    LAKE_S3_SECRET_ACCESS_KEY: "the parent's secret",
  };
  const closed = { DOSQL_LOCAL: "0", DOSQL_TOKEN: "all", DOSQL_READ_TOKEN: "some" };
  const production: Env = { ...local, ...closed, ...keys, LAKE_S3_ENDPOINT: R2 };
  const as = (token: string) => ({ authorization: `Bearer ${token}` });
  const bytes = (text: string) =>
    Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));

  /** What R2 makes of a session: the claims, once the signature and the secret are right. */
  async function claims(config: Record<string, string>): Promise<Record<string, unknown>> {
    const session = atob(config["s3.session-token"]);
    expect(session.startsWith("jwt/")).toBe(true);
    const jwt = session.slice(4);
    const [head, body, signature] = jwt.split(".");
    const encode = (text: string) => new TextEncoder().encode(text);
    const key = await crypto.subtle.importKey(
      "raw",
      encode(keys.LAKE_S3_SECRET_ACCESS_KEY),
      { name: "HMAC", hash: "SHA-256" },
      false,
      ["verify"],
    );
    const signed = encode(`${head}.${body}`);
    expect(await crypto.subtle.verify("HMAC", key, bytes(signature), signed)).toBe(true);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", encode(jwt)));
    const hex = [...digest].map((b) => b.toString(16).padStart(2, "0")).join("");
    expect(config["s3.secret-access-key"]).toBe(hex);
    expect(config["s3.access-key-id"]).toBe("parent");
    expect(JSON.parse(atob(head))).toEqual({ alg: "HS256", typ: "JWT" });
    return JSON.parse(new TextDecoder().decode(bytes(body)));
  }

  it("are temporary at R2, and reach this table only", async () => {
    const at = await catalog("vended", "t");
    const { body } = await call("GET", `${at}/t`, undefined, as("all"), production);
    const now = Date.now() / 1000;
    const { iat, exp, ...rest } = await claims(body.config);
    expect(rest).toEqual({
      bucket: "lake",
      scope: "object-read-write",
      paths: {
        prefixPaths: [`${body.metadata.location.slice("s3://lake/".length)}/`],
        objectPaths: [],
      },
      sub: "0123456789abcdef0123456789abcdef",
      iss: "parent",
      aud: new URL(R2).host,
    });
    expect(Math.abs(Number(iat) - now)).toBeLessThan(10);
    expect(Number(exp) - Number(iat)).toBe(3600);
    expect(body.config["s3.session-token-expires-at-ms"]).toBe(String(Number(exp) * 1000));
    expect(JSON.stringify(body)).not.toContain(keys.LAKE_S3_SECRET_ACCESS_KEY);
    const asked = await call("GET", `${at}/t/credentials`, undefined, as("all"), production);
    const [credential] = asked.body["storage-credentials"];
    expect((await claims(credential.config)).scope).toBe("object-read-write");
    expect(credential.prefix).toBe(`${body.metadata.location}/`);
  });

  it("may only read where the caller may only read", async () => {
    const at = await catalog("vended_read", "t");
    const short: Env = { ...production, LAKE_S3_KEY_SECONDS: "5" };
    const read = await call("GET", `${at}/t`, undefined, as("some"), short);
    const { scope, iat, exp } = await claims(read.body.config);
    expect(scope).toBe("object-read-only");
    expect(Number(exp) - Number(iat)).toBe(900);
    // One caller's kept answer is not the other's.
    const tag = read.headers.get("etag")!;
    const again = { ...as("some"), "if-none-match": tag };
    expect((await call("GET", `${at}/t`, undefined, again, short)).status).toBe(304);
    const writer = { ...as("all"), "if-none-match": tag };
    expect((await call("GET", `${at}/t`, undefined, writer, short)).status).toBe(200);
  });

  it("are new before those of a kept answer end", async () => {
    const at = await catalog("vended_later", "t");
    const { headers } = await call("GET", `${at}/t`, undefined, as("all"), production);
    const kept = { ...as("all"), "if-none-match": headers.get("etag")! };
    expect((await call("GET", `${at}/t`, undefined, kept, production)).status).toBe(304);
    const { keysTag } = await import("../../durable-objects/storage-access.ts");
    const access = {
      config: {},
      keys: { id: "", secret: "" },
      temporary: { readOnly: true, seconds: 900 },
    };
    expect(keysTag(access, 0)).toBe(keysTag(access, 449_999));
    expect(keysTag(access, 0)).not.toBe(keysTag(access, 450_000));
  });

  it("are handed on as they are at other endpoints", async () => {
    const at = await catalog("vended_other", "t");
    const other: Env = {
      ...production,
      LAKE_S3_ENDPOINT: "https://r2.cloudflarestorage.com.example.com",
    };
    const { body } = await call("GET", `${at}/t`, undefined, as("all"), other);
    expect(body.config["s3.secret-access-key"]).toBe(keys.LAKE_S3_SECRET_ACCESS_KEY);
    expect(body.config["s3.session-token"]).toBeUndefined();
    const read = await call("GET", `${at}/t`, undefined, as("some"), other);
    expect(read.body.config["s3.access-key-id"]).toBeUndefined();
    expect(read.body.config["s3.endpoint"]).toBe(other.LAKE_S3_ENDPOINT);
  });
});
