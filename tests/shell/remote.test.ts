import { createServer, type Server } from "node:http";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answerQuery, errorResponse } from "../../bindings/rpc/http.ts";
import { answerRequest } from "../../bindings/rpc/query.ts";
import { unpack, type WireRequest, type WireResults } from "../../bindings/rpc/wire.ts";
import { Engine } from "../../bindings/sql/engine.ts";
import { MemoryHost } from "../../bindings/storage/memory-host.ts";
import { Program } from "./program.ts";

const program = new Program();
let server: Server;
let url: string;

// The Worker's HTTP door without the Worker: a token, and one database behind /db/shop.
beforeAll(async () => {
  await program.build();
  const wasm = readFileSync(fileURLToPath(new URL("../../dist/dosql.wasm", import.meta.url)));
  const engine = new Engine({ module: new WebAssembly.Module(wasm), host: new MemoryHost() });
  const answer = (request: Request): Response | Promise<Response> => {
    if (request.headers.get("authorization") !== "Bearer secret") {
      return errorResponse(401, { code: "Authorization", message: "no such token" });
    }
    if (!request.url.endsWith("/db/shop/query")) {
      return errorResponse(404, { code: "NotFound", message: "nothing here" });
    }
    const call = async (query: WireRequest): Promise<WireResults> =>
      unpack(answerRequest(engine, query, () => 0));
    return answerQuery(request, { call }, false);
  };
  server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      void (async () => {
        const { method, headers } = incoming;
        const request = new Request(`http://test${incoming.url}`, {
          method,
          headers: headers as Record<string, string>,
          body: method === "GET" ? undefined : Buffer.concat(chunks),
        });
        const response = await answer(request);
        outgoing.writeHead(response.status, Object.fromEntries(response.headers));
        outgoing.end(await response.text());
      })();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/db/shop`;
});
afterAll(() => {
  server.close();
  program.remove();
});

describe("the shell over HTTP", () => {
  it("runs statements, shows the schema, dumps", async () => {
    const make =
      "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b); INSERT INTO t VALUES (1, 'x', x'01'), (2, 9007199254740993, 0.5);";
    const { out, err } = await program.run([
      url,
      "--token",
      "secret",
      make,
      "SELECT * FROM t",
      ".tables",
      ".dump",
    ]);
    expect(err).toBe("");
    expect(out).toBe(`1|x|x'01'
2|9007199254740993|0.5
t
BEGIN TRANSACTION;
CREATE TABLE t (id INTEGER PRIMARY KEY, a, b);
INSERT INTO t VALUES(1,'x',x'01');
INSERT INTO t VALUES(2,9007199254740993,0.5);
COMMIT;
`);
  });

  it("points at errors and takes the token from the environment", async () => {
    const { err, code } = await program.run([url, "SELECT * FROM nope"], "", undefined, {
      DOSQL_TOKEN: "secret",
    });
    expect([err, code]).toEqual([
      "Error near line 1: no such table: nope\n  SELECT * FROM nope\n                ^--- line 1, column 15\n",
      1,
    ]);
  });

  it("says why a server refuses or is not there", async () => {
    expect((await program.run([url, "SELECT 1"])).err).toBe(
      "Error near line 1: no such token (HTTP 401)\n  hint: give the server's token with --token\n",
    );
    expect(
      (await program.run([url.replace("shop", "other"), "--token=secret", "SELECT 1"])).err,
    ).toContain("nothing here");
    expect((await program.run(["http://127.0.0.1:1/db/x", "SELECT 1"])).err).toContain(
      "cannot reach http://127.0.0.1:1/db/x/query",
    );
    expect((await program.run(["http://127.0.0.1:1/", "SELECT 1"])).err).toContain(
      "names no database: it must end with /db/NAME",
    );
  });

  it("refuses a transaction that a request leaves open, and imports without one", async () => {
    const { err } = await program.run([url, "--token=secret", "BEGIN"]);
    expect(err).toContain("open transaction");
    const { writeFileSync } = await import("node:fs");
    writeFileSync(`${program.folder}/r.csv`, "k,v\n1,one\n2,two\n");
    const run = await program.run([url, "--token=secret", ".import r.csv kv", "SELECT * FROM kv"]);
    expect(run).toEqual({ out: "1|one\n2|two\n", err: "", code: 0 });
  });
});
