// What callers who mean harm send to the catalog and the streams: each gets a typed refusal, and
// neither the catalog nor the bucket is another than before.
import { env } from "cloudflare:workers";
import { runDurableObjectAlarm } from "cloudflare:test";
import { beforeAll, describe, expect, it, vi } from "vitest";
import worker, { type Env } from "../../worker/index.ts";

const local: Env = { ...(env as Env), DOSQL_LOCAL: "1" };
const AT = "hostile/namespaces/n/tables";

interface Answer {
  status: number;
  // eslint-disable-next-line -- the shape is what is tested
  body: any;
}

async function ask(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
  environment: Env = local,
): Promise<Answer> {
  const init: RequestInit = {
    method,
    headers: { "content-type": "application/json", ...headers },
  };
  const whole = typeof body === "string" || body instanceof Uint8Array;
  if (body !== undefined) init.body = whole ? (body as BodyInit) : JSON.stringify(body);
  const response = await worker.fetch(
    new Request(`https://example.com/${path}`, init),
    environment,
  );
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : JSON.parse(text) };
}
const call = (method: string, path: string, ...rest: [unknown?, Record<string, string>?, Env?]) =>
  ask(method, `catalog/v1/${path}`, ...rest);

/** An error in Iceberg's model, by the client's fault. */
function refused({ status, body }: Answer, what: string, wanted?: number): void {
  expect(body?.error, what).toMatchObject({ code: status });
  expect(body.error.type, what).toMatch(/^[A-Z]\w+Exception$/);
  expect(body.error.message, what).not.toBe("");
  if (wanted === undefined) expect([400, 404, 409, 422], what).toContain(status);
  else expect(status, `${what}: ${body.error.message}`).toBe(wanted);
}

/** All that a refused request must leave alone. */
async function everything(): Promise<unknown> {
  const keys: string[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await local.LAKE!.list({ cursor });
    keys.push(...page.objects.map(({ key, etag }) => `${key} ${etag}`));
    if (!page.truncated) break;
    cursor = page.cursor;
  }
  const spaces = (await call("GET", "hostile/namespaces")).body.namespaces;
  const tables = (await call("GET", AT)).body.identifiers;
  return { keys, spaces, tables, table: (await call("GET", `${AT}/t`)).body };
}

const schema = {
  type: "struct",
  fields: [{ id: 1, name: "id", required: false, type: "long" }],
};
const snapshot = (uuid: string, more: object = {}): Record<string, unknown> => ({
  "snapshot-id": 5,
  "sequence-number": 1,
  "timestamp-ms": Date.now(),
  "manifest-list": `s3://lake/n/t-${uuid}/metadata/snap-5.avro`,
  summary: { operation: "append" },
  "schema-id": 0,
  ...more,
});

let uuid: string;
beforeAll(async () => {
  await call("POST", "hostile/namespaces", { namespace: ["n"] });
  const { body } = await call("POST", AT, { name: "t", schema });
  uuid = body.metadata["table-uuid"];
  const updates = [
    { action: "add-snapshot", snapshot: snapshot(uuid) },
    { action: "set-snapshot-ref", "ref-name": "main", type: "branch", "snapshot-id": 5 },
  ];
  expect((await call("POST", `${AT}/t`, { requirements: [], updates })).status).toBe(200);
});

describe("bodies that are none", () => {
  const deep = (open: string, close: string, n: number): string =>
    open.repeat(n) + "1" + close.repeat(n);
  const broken: Record<string, string | Uint8Array> = {
    nothing: "",
    null: "null",
    list: "[]",
    text: '"x"',
    number: "7",
    cut: '{"name":"x","schema":{',
    trailing: "{} {}",
    deep: deep("[", "]", 20_000),
    "deep objects": deep('{"a":', "}", 20_000),
    "deep within": `{"name":"x","schema":${deep('{"type":"list","element":', "}", 300)}}`,
    "not UTF-8": new Uint8Array([0x7b, 0x22, 0xff, 0xc0, 0x22, 0x3a, 0x31, 0x7d]),
    NaN: '{"name":NaN}',
  };
  const wrong = [null, true, -1, 1e300, 2 ** 63, "", "x", [], [null], {}, { a: { b: 1 } }];
  const members: Record<string, string[]> = {
    "hostile/namespaces": ["namespace"],
    "hostile/namespaces/n/properties": ["removals", "updates"],
    "hostile/namespaces/n/tables": ["name", "schema", "location", "partition-spec", "write-order"],
    "hostile/namespaces/n/tables/t": ["requirements", "updates"],
    "hostile/namespaces/n/tables/new": ["requirements", "updates"],
    "hostile/namespaces/n/register": ["name", "metadata-location"],
    "hostile/tables/rename": ["source", "destination"],
    "hostile/transactions/commit": ["table-changes"],
  };

  for (const [path, names] of Object.entries(members)) {
    it(`are refused by ${path}`, async () => {
      const before = await everything();
      for (const [what, body] of Object.entries(broken))
        // An object of members that nobody knows is one without members.
        if (!what.startsWith("deep ") || !path.endsWith("/properties"))
          refused(await call("POST", path, body), `${path} ${what}`);
      for (const name of names) {
        for (const value of wrong) {
          // A namespace of one part may be a text, and a commit of nothing is one.
          const fine =
            name === "namespace" ? value === "x" : name === "updates" && `${value}` === "";
          if (fine && value !== "") continue;
          // Members that are missing or that nobody knows change nothing.
          const answer = await call("POST", path, { [name]: value });
          if (answer.status !== 200) refused(answer, `${path} ${name} ${JSON.stringify(value)}`);
        }
      }
      expect(await everything()).toEqual(before);
    });
  }

  it("are refused by the metrics' route, and by streams", async () => {
    const before = await everything();
    for (const [what, body] of Object.entries(broken)) {
      if (what.startsWith("deep ")) continue;
      refused(await call("POST", `${AT}/t/metrics`, body), what);
      expect(await ask("POST", "db/x/stream", body), what).toMatchObject({
        status: 400,
        body: { error: { code: "Json" } },
      });
    }
    for (const value of wrong) {
      for (const name of ["namespace", "tables", "warehouse"]) {
        const options = { namespace: "n", [name]: value };
        const { status, body } = await ask("POST", "db/x/stream", options);
        if (name !== "tables" && value === "x") continue;
        expect([status, typeof body.error?.code], JSON.stringify(options)).toEqual([400, "string"]);
      }
    }
    expect(await everything()).toEqual(before);
  });
});

describe("commits that lie", () => {
  const cases: [string, number, object[], object[]][] = [
    ["another table's uuid", 409, [{ type: "assert-table-uuid", uuid: crypto.randomUUID() }], []],
    [
      "a stale branch",
      409,
      [{ type: "assert-ref-snapshot-id", ref: "main", "snapshot-id": 4 }],
      [],
    ],
    ["no branch", 409, [{ type: "assert-ref-snapshot-id", ref: "main", "snapshot-id": null }], []],
    ["a stale schema", 409, [{ type: "assert-current-schema-id", "current-schema-id": 3 }], []],
    [
      "a stale field id",
      409,
      [{ type: "assert-last-assigned-field-id", "last-assigned-field-id": 9 }],
      [],
    ],
    ["a stale spec", 409, [{ type: "assert-default-spec-id", "default-spec-id": 2 }], []],
    [
      "a stale order",
      409,
      [{ type: "assert-default-sort-order-id", "default-sort-order-id": 2 }],
      [],
    ],
    [
      "a stale partition id",
      409,
      [{ type: "assert-last-assigned-partition-id", "last-assigned-partition-id": 5 }],
      [],
    ],
    ["a requirement of nobody", 400, [{ type: "assert-nothing" }], []],
    ["a schema that is not there", 400, [], [{ action: "set-current-schema", "schema-id": 9 }]],
    ["a spec that is not there", 400, [], [{ action: "set-default-spec", "spec-id": 9 }]],
    [
      "an order that is not there",
      400,
      [],
      [{ action: "set-default-sort-order", "sort-order-id": 9 }],
    ],
    [
      "a branch to nowhere",
      400,
      [],
      [{ action: "set-snapshot-ref", "ref-name": "main", type: "branch", "snapshot-id": 99 }],
    ],
    [
      "a snapshot id that is taken",
      400,
      [],
      [{ action: "add-snapshot", snapshot: { "snapshot-id": 5 } }],
    ],
    ["another uuid", 400, [], [{ action: "assign-uuid", uuid: crypto.randomUUID() }]],
    ["a location elsewhere", 400, [], [{ action: "set-location", location: "s3://other/t" }]],
    [
      "a location that climbs",
      400,
      [],
      [{ action: "set-location", location: "s3://lake/n/../../t" }],
    ],
    ["an older format", 400, [], [{ action: "upgrade-format-version", "format-version": 1 }]],
    ["a newer format", 400, [], [{ action: "upgrade-format-version", "format-version": 3 }]],
    [
      "field ids used twice",
      400,
      [],
      [
        {
          action: "add-schema",
          schema: {
            type: "struct",
            fields: [...schema.fields, { id: 1, name: "b", required: false, type: "string" }],
          },
        },
      ],
    ],
    [
      "names used twice",
      400,
      [],
      [
        {
          action: "add-schema",
          schema: {
            type: "struct",
            fields: [...schema.fields, { id: 2, name: "id", required: false, type: "string" }],
          },
        },
      ],
    ],
    [
      "a field id out of range",
      400,
      [],
      [
        {
          action: "add-schema",
          schema: {
            type: "struct",
            fields: [{ id: 2 ** 31, name: "b", required: false, type: "string" }],
          },
        },
      ],
    ],
  ];
  for (const [what, status, requirements, updates] of cases) {
    it(`with ${what} are refused`, async () => {
      const before = await everything();
      const change = { requirements, updates };
      refused(await call("POST", `${AT}/t`, change), what, status);
      const identifier = { namespace: ["n"], name: "t" };
      const changes = { "table-changes": [{ identifier, ...change }] };
      refused(await call("POST", "hostile/transactions/commit", changes), what, status);
      expect(await everything()).toEqual(before);
    });
  }

  const snapshots: [string, number, object][] = [
    ["of a parent that is not there", 409, { "parent-snapshot-id": 404 }],
    ["of a lower sequence number", 409, { "sequence-number": 1 }],
    ["of a negative sequence number", 400, { "sequence-number": -1 }],
    ["of a schema that is not there", 400, { "schema-id": 9 }],
    ["without a manifest list", 400, { "manifest-list": undefined }],
    ["with a list in another bucket", 400, { "manifest-list": "s3://other/n/list.avro" }],
    ["with a list of another table", 400, { "manifest-list": "s3://lake/n/u/metadata/list.avro" }],
    ["with a list that climbs", 400, { "manifest-list": "s3://lake/n/t-UUID/../u/list.avro" }],
    ["without a summary", 400, { summary: undefined }],
    ["of an id that is none", 400, { "snapshot-id": -1 }],
    ["of no time", 400, { "timestamp-ms": "now" }],
  ];
  for (const [what, status, more] of snapshots) {
    it(`with a snapshot ${what} are refused`, async () => {
      const before = await everything();
      const good = { "snapshot-id": 6, "sequence-number": 2, "parent-snapshot-id": 5 };
      const added = JSON.parse(
        JSON.stringify(snapshot(uuid, { ...good, ...more })).replace("UUID", uuid),
      );
      const updates = [{ action: "add-snapshot", snapshot: added }];
      refused(await call("POST", `${AT}/t`, { requirements: [], updates }), what, status);
      expect(await everything()).toEqual(before);
    });
  }
});

describe("tokens that do not do", () => {
  const closed: Env = {
    ...(env as Env),
    DOSQL_TOKEN: "all",
    DOSQL_READ_TOKEN: "read",
    CATALOG_CLIENT_ID: "id",
    CATALOG_CLIENT_SECRET: "s",
    CATALOG_TOKEN_KEY: "key",
  };
  const mutations: [string, string][] = [
    ["POST", "hostile/namespaces"],
    ["DELETE", "hostile/namespaces/n"],
    ["POST", "hostile/namespaces/n/properties"],
    ["POST", AT],
    ["POST", `${AT}/t`],
    ["DELETE", `${AT}/t`],
    ["DELETE", `${AT}/t?purgeRequested=true`],
    ["POST", "hostile/namespaces/n/register"],
    ["POST", "hostile/tables/rename"],
    ["POST", "hostile/transactions/commit"],
  ];
  const encode = (text: string): string => btoa(text).replaceAll(/=/g, "");

  it("change nothing, whatever they ask for", async () => {
    const before = await everything();
    const form = { "content-type": "application/x-www-form-urlencoded" };
    const grant = "grant_type=client_credentials&client_id=id&client_secret=s";
    const { body } = await call("POST", "oauth/tokens", grant, form, closed);
    const [payload, signature] = body.access_token.split(".");
    const narrow = await Promise.all(
      ["catalog:read", "warehouse:elsewhere", "warehouse:elsewhere:read"].map(
        async (scope) =>
          (await call("POST", "oauth/tokens", `${grant}&scope=${scope}`, form, closed)).body
            .access_token as string,
      ),
    );
    const forged = [
      "",
      "all.all",
      `${payload}.`,
      `.${signature}`,
      `${encode('{"sub":"id","exp":99999999999}')}.${signature}`,
      `${payload}.${signature.slice(1)}`,
      `${encode('{"alg":"none"}')}.${payload}.`,
      `${payload}.${signature}.${signature}`,
    ];
    for (const [method, path] of mutations) {
      const body = method === "POST" ? {} : undefined;
      refused(await call(method, path, body, {}, closed), path, 401);
      const reader = { authorization: "Bearer read" };
      refused(await call(method, path, body, reader, closed), path, 403);
      for (const token of narrow) {
        const header = { authorization: `Bearer ${token}` };
        refused(await call(method, path, body, header, closed), `${path} ${token}`, 403);
      }
      for (const token of forged) {
        const header = { authorization: `Bearer ${token}` };
        refused(await call(method, path, body, header, closed), `${path} ${token}`, 401);
      }
    }
    for (const method of ["POST", "DELETE"]) {
      const stream = await ask(method, "db/x/stream", {}, { authorization: "Bearer read" }, closed);
      expect(stream).toMatchObject({ status: 403, body: { error: { code: "ReadOnly" } } });
    }
    expect(await everything()).toEqual(before);
  });

  it("reach no warehouse of an odd name", async () => {
    for (const warehouse of ["a%2Fb", "..%2F..", "%00", "%ff", "a%20b", "x".repeat(300)])
      refused(await call("GET", `${warehouse}/namespaces`), warehouse);
  });
});

describe("names that would be paths", () => {
  const odd = [
    "..",
    ".",
    "a/b",
    "../../x",
    "/",
    "\0",
    "a\0b",
    "%2e%2e%2f",
    "a\\b",
    "s3://other/x",
    "é",
    "x".repeat(255),
  ];

  it("are names, and nothing else", async () => {
    for (const [i, name] of odd.entries()) {
      const namespace = [`odd${i}`, name];
      await call("POST", "odd/namespaces", { namespace: namespace.slice(0, 1) });
      expect((await call("POST", "odd/namespaces", { namespace })).status, name).toBe(200);
      const at = `odd/namespaces/odd${i}%1F${encodeURIComponent(name)}/tables`;
      const { status, body } = await call("POST", at, { name, schema });
      expect(status, name).toBe(200);
      expect(body["metadata-location"]).toMatch(
        /^s3:\/\/lake\/odd\d+\/[\w-][\w.-]{0,99}\/[\w-][\w.-]{0,99}-[0-9a-f-]{36}\/metadata\/[\w.-]+$/,
      );
      const key = body["metadata-location"].slice("s3://lake/".length);
      expect(await local.LAKE!.head(key), name).not.toBeNull();
      // URLs resolve these two before anybody sees them.
      if (/^\.\.?$/.test(name)) continue;
      const table = `${at}/${encodeURIComponent(name)}`;
      expect((await call("GET", table)).body.metadata["table-uuid"]).toBe(
        body.metadata["table-uuid"],
      );
      expect((await call("DELETE", `${table}?purgeRequested=true`)).status).toBe(204);
      await vi.waitFor(async () => expect(await local.LAKE!.head(key)).toBeNull());
    }
  });

  it("are refused where they are too long, empty or no text", async () => {
    const before = await everything();
    for (const name of ["", "x".repeat(256), "x".repeat(100_000)]) {
      refused(await call("POST", "hostile/namespaces", { namespace: [name] }), name, 400);
      refused(await call("POST", AT, { name, schema }), name, 400);
      const destination = { namespace: ["n"], name };
      const rename = { source: { namespace: ["n"], name: "t" }, destination };
      refused(await call("POST", "hostile/tables/rename", rename), name, 400);
    }
    refused(await call("POST", "hostile/namespaces", { namespace: ["a\x1fb"] }), "0x1f", 400);
    for (const path of ["%ff", "%E0%A4%A", "n%1F", "%1Fn"])
      refused(await call("GET", `hostile/namespaces/${path}`), path);
    for (const location of [
      "s3://lake",
      "s3://lake/",
      "s3://lake/../x",
      "s3://lake//x",
      "file:///etc",
      "s3://lake/a/./b",
      "s3://lakes/x",
    ]) {
      refused(await call("POST", AT, { name: "u", schema, location }), location, 400);
      const register = { name: "u", "metadata-location": `${location}/m.json` };
      refused(await call("POST", "hostile/namespaces/n/register", register), location, 400);
    }
    expect(await everything()).toEqual(before);
  });
});

describe("batches that are poisoned", () => {
  it("are refused, and what comes after them is taken", async () => {
    const name = "poisoned";
    const query = (sql: string): Promise<Answer> => ask("POST", `db/${name}/query`, { sql });
    await query("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'a')");
    await ask("POST", `db/${name}/stream`, { namespace: name });
    // eslint-disable-next-line -- the types of stubs go too deep for the compiler
    const source = local.DATABASES.get(local.DATABASES.idFromName(name)) as any;
    await runDurableObjectAlarm(source);
    const load = async (): Promise<any> => {
      const { body } = await call("GET", `main/namespaces/${name}/tables/t`);
      return body.metadata?.snapshots.at(-1).summary["total-records"];
    };
    await vi.waitFor(async () => expect(await load()).toBe("1"), 5000);
    await query("INSERT INTO t VALUES (2, 'b')");
    const sql = "SELECT batch, position FROM replication_batch('dolake:t')";
    const { rows } = await source.query({ sql });
    const [batch, position] = rows[0].map((blob: ArrayBuffer) => new Uint8Array(blob).slice());
    const table = { warehouse: "main", namespace: name, name: "t", source: "t" };
    const tables = local.TABLES as any;
    const lake = tables.get(tables.idFromName(JSON.stringify(["main", name, "t"])));
    const poisoned = [
      new Uint8Array(),
      new Uint8Array(10_000).fill(0xff),
      batch.slice(0, -1),
      Uint8Array.from([...batch, 0]),
      ...[0, 4, 30, 60, 72, 80, batch.length - 1].map((at) => {
        const copy = batch.slice();
        copy[at] ^= 0x55;
        return copy;
      }),
    ];
    for (const bad of poisoned) {
      const answer = await lake.push({ table, batch: bad, position });
      expect(answer.outcome).toBe("refused");
      expect(answer.why).not.toBe("");
    }
    expect(await load()).toBe("1");
    expect((await lake.push({ table, batch, position })).outcome).toBe("taken");
    expect(await load()).toBe("2");
  });
});
