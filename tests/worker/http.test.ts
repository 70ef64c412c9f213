import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import worker, { type Env } from "../../worker/index.ts";

const local: Env = { ...(env as Env), DOSQL_LOCAL: "1" };
const JSON_TYPE = { "content-type": "application/json" };

interface Answer {
  status: number;
  headers: Headers;
  // eslint-disable-next-line -- the shape is what is tested
  body: Record<string, unknown> & { error?: Record<string, unknown> };
}

async function send(path: string, init: RequestInit, environment: Env = local): Promise<Answer> {
  const response = await worker.fetch(new Request(`https://example.com${path}`, init), environment);
  return { status: response.status, headers: response.headers, body: await response.json() };
}

const post = (
  body: unknown,
  environment?: Env,
  headers: Record<string, string> = {},
): Promise<Answer> =>
  send(
    "/db/http/query",
    { method: "POST", headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify(body) },
    environment,
  );

describe("POST /db/:name/query", () => {
  it("runs a query", async () => {
    const answer = await post({ sql: "SELECT ? AS a, ? AS b", params: [1, "x"] });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      columns: ["a", "b"],
      rows: [[1, "x"]],
      meta: { changes: 0, rows_written: 0 },
    });
    expect(Object.keys(answer.body.meta as object).sort()).toEqual([
      "changed_db",
      "changes",
      "duration",
      "last_row_id",
      "rows_read",
      "rows_written",
      "size_after",
    ]);
  });

  it("carries int64, blobs and infinite reals in both directions", async () => {
    const values = [
      { $int64: "9223372036854775807" },
      { $blob: "AAEC/w==" },
      { $real: "-Infinity" },
      null,
      1.5,
      -3,
      "é",
    ];
    const { body } = await post({
      sql: `SELECT ${values.map(() => "?").join(", ")}`,
      params: values,
    });
    expect(body.rows).toEqual([values]);
  });

  it("runs a batch, all or nothing", async () => {
    await post({ sql: "CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY)" });
    const insert = (id: number): object => ({ sql: "INSERT INTO t VALUES (?)", params: [id] });
    const good = await post({ batch: [insert(1), insert(2), { sql: "SELECT count(*) FROM t" }] });
    expect(good.status).toBe(200);
    expect((good.body.results as { rows: unknown }[]).map((r) => r.rows)).toEqual([[], [], [[2]]]);
    const bad = await post([insert(3), insert(1)]);
    expect(bad.status).toBe(400);
    expect(bad.body.error?.code).toMatch(/^Constraint/);
    expect((await post({ sql: "SELECT count(*) FROM t" })).body.rows).toEqual([[2]]);
  });

  it("types errors, with their place", async () => {
    const { status, body } = await post({ sql: "SELECT 1,\n  nope FROM t WHERE" });
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ code: "Syntax", sqlite: "SQLITE_ERROR", line: 2 });
    expect((await post({ sql: "SELECT ?", params: [] })).body.error?.code).toBe("Parameter");
    expect((await post({ sql: "SELECT ?", params: [true] })).body.error?.code).toBe("Misuse");
    expect(
      (await post({ sql: "SELECT ?", params: [{ $int64: "99999999999999999999" }] })).status,
    ).toBe(400);
  });

  it("rolls back and refuses a BEGIN that is not ended in the request", async () => {
    await post({ sql: "CREATE TABLE begun (id INTEGER PRIMARY KEY)" });
    const insert = { sql: "INSERT INTO begun VALUES (1)" };
    const requests = [
      { sql: "BEGIN" },
      { sql: "BEGIN; INSERT INTO begun VALUES (1)" },
      [{ sql: "BEGIN" }, insert],
      [{ sql: "COMMIT" }],
      [insert, { sql: "BEGIN" }],
    ];
    for (const request of requests) {
      expect(await post(request)).toMatchObject({
        status: 400,
        body: { error: { code: "Transaction" } },
      });
    }
    expect((await post({ sql: "SELECT count(*) FROM begun" })).body.rows).toEqual([[0]]);
    const ended = await post([{ sql: "BEGIN" }, insert, { sql: "COMMIT" }]);
    expect(ended.status).toBe(200);
    expect((await post({ sql: "SELECT count(*) FROM begun" })).body.rows).toEqual([[1]]);
  });

  it("refuses requests that are not queries", async () => {
    for (const body of [
      {},
      { sql: 5 },
      { sql: "SELECT 1", params: {} },
      { batch: 1 },
      { batch: ["x"] },
      null,
      "text",
    ]) {
      expect(await post(body)).toMatchObject({ status: 400, body: { error: { code: "Misuse" } } });
    }
    const init = (more: RequestInit): RequestInit => ({
      method: "POST",
      headers: JSON_TYPE,
      body: "{}",
      ...more,
    });
    expect((await send("/db/http/query", init({ body: "{" }))).body.error?.code).toBe("Json");
    const get = await send("/db/http/query", { method: "GET" });
    expect([get.status, get.headers.get("allow")]).toEqual([405, "POST"]);
    expect(
      (await send("/db/http/query", init({ headers: { "content-type": "text/plain" } }))).status,
    ).toBe(415);
    for (const path of [
      "/",
      "/db",
      "/db//query",
      "/db/http",
      "/db/http/query/x",
      `/db/${"n".repeat(300)}/query`,
      "/db/%/query",
    ]) {
      expect((await send(path, init({}))).status).toBe(404);
    }
  });

  it("refuses bodies that are too long", async () => {
    const text = JSON.stringify({ sql: "SELECT 1", params: ["x".repeat(17 << 20)] });
    const sent = await send("/db/http/query", { method: "POST", headers: JSON_TYPE, body: text });
    expect(sent).toMatchObject({ status: 413, body: { error: { code: "BodyTooLarge" } } });
  });

  it("keeps names apart", async () => {
    const query = (path: string, sql: string): Promise<Answer> =>
      send(path, { method: "POST", headers: JSON_TYPE, body: JSON.stringify({ sql }) });
    await query("/db/one%20of%2Ftwo/query", "CREATE TABLE mine (a)");
    expect((await query("/db/one%20of%2Ftwo/query", "SELECT count(*) FROM mine")).status).toBe(200);
    expect((await query("/db/other/query", "SELECT count(*) FROM mine")).status).toBe(400);
  });
});

describe("the door", () => {
  const guarded: Env = { ...(env as Env), DOSQL_TOKEN: "correct-horse" };
  const knock = (authorization?: string, environment = guarded): Promise<Answer> =>
    post({ sql: "SELECT 1" }, environment, authorization === undefined ? {} : { authorization });

  it("opens to the right token only", async () => {
    expect((await knock("Bearer correct-horse")).status).toBe(200);
    expect((await knock("bearer correct-horse")).status).toBe(200);
    for (const wrong of [
      undefined,
      "Bearer",
      "Bearer correct-hors",
      "Bearer correct-horse2",
      "Basic correct-horse",
      "correct-horse",
      "Bearer a b",
    ]) {
      const { status, headers, body } = await knock(wrong);
      expect([status, headers.get("www-authenticate"), body.error?.code]).toEqual([
        401,
        "Bearer",
        "Authorization",
      ]);
    }
  });

  it("is shut where nothing is configured, and says why", async () => {
    const { DOSQL_TOKEN: _t, DOSQL_LOCAL: _l, ...bare } = { ...(env as Env) };
    for (const authorization of [undefined, "Bearer x", "Bearer undefined", "Bearer "]) {
      const { status, body } = await knock(authorization, bare);
      expect(status).toBe(401);
      expect(body.error?.message).toContain("DOSQL_TOKEN");
    }
    expect((await knock(undefined, { ...bare, DOSQL_LOCAL: "0" })).status).toBe(401);
    expect((await knock("Bearer x", { ...bare, DOSQL_TOKEN: "" })).status).toBe(401);
  });

  it("lets the reading token read and nothing else", async () => {
    const environment: Env = { ...guarded, DOSQL_READ_TOKEN: "look-only" };
    const read = (body: unknown): Promise<Answer> =>
      post(body, environment, { authorization: "Bearer look-only" });
    await post({ sql: "CREATE TABLE IF NOT EXISTS looked (a)" });
    expect((await read({ sql: "SELECT count(*) FROM looked" })).status).toBe(200);
    expect((await read({ sql: "PRAGMA table_info(looked)" })).status).toBe(200);
    for (const sql of [
      "INSERT INTO looked VALUES (1)",
      "SELECT 1; DELETE FROM looked",
      "DROP TABLE looked",
      "CREATE TABLE other (a)",
      "PRAGMA user_version = 3",
      "PRAGMA user_version(3)",
      "ANALYZE",
      "BEGIN; INSERT INTO looked VALUES (1); COMMIT",
    ]) {
      expect(await read({ sql })).toMatchObject({
        status: 403,
        body: { error: { code: "ReadOnly" } },
      });
      expect((await read([{ sql: "SELECT 1" }, { sql }])).status).not.toBe(200);
    }
    expect((await post({ sql: "SELECT count(*) FROM looked" })).body.rows).toEqual([[0]]);
  });

  it("comes before everything else", async () => {
    expect((await send("/", { method: "GET" }, guarded)).status).toBe(401);
  });
});
