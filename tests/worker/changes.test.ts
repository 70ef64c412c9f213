// Subscribers over WebSockets: pushes, credit, acknowledgements, resuming, sleep, and what is refused.
import { env } from "cloudflare:workers";
import { evictDurableObject } from "cloudflare:test";
import { beforeEach, describe, expect, it } from "vitest";
import { ChangesClosed, decodeMessage, receive } from "../../bindings/changes/index.ts";
import type { ReceivedBatch } from "../../bindings/changes/index.ts";
import { hex } from "../../bindings/changes/row.ts";
import worker, { type Env } from "../../worker/index.ts";

const local: Env = { ...(env as Env), DOSQL_LOCAL: "1" };
let count = 0;
let name: string;
beforeEach(() => {
  name = `followed${++count}`;
});

async function sql(text: string, params: unknown[] = []): Promise<any> {
  const response = await worker.fetch(
    new Request(`https://example.com/db/${name}/query`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ sql: text, params }),
    }),
    local,
  );
  const answer: any = await response.json();
  expect(answer.error, text).toBeUndefined();
  return answer.rows;
}

const get = (query: string, headers: HeadersInit = { upgrade: "websocket" }, on = local) =>
  worker.fetch(new Request(`https://example.com/db/${name}/changes${query}`, { headers }), on);

async function connect(query: string): Promise<WebSocket> {
  const response = await get(query);
  expect(response.status, response.status === 101 ? "" : await response.text()).toBe(101);
  return response.webSocket!;
}

/** An accepted socket with what comes over it. */
async function listen(query: string) {
  const socket = await connect(query);
  const batches: ReceivedBatch[] = [];
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.addEventListener("close", ({ code, reason }) => resolve({ code, reason })),
  );
  let wake: () => void = () => undefined;
  socket.binaryType = "arraybuffer";
  socket.addEventListener("message", ({ data }) => {
    batches.push(decodeMessage(data as ArrayBuffer));
    wake();
  });
  socket.accept();
  const until = async (n: number): Promise<ReceivedBatch[]> => {
    while (batches.length < n) await new Promise<void>((resolve) => (wake = resolve));
    return batches;
  };
  const say = (message: unknown): void =>
    socket.send(typeof message === "string" ? message : JSON.stringify(message));
  return { socket, batches, closed, until, say };
}

const rowsOf = (batches: ReceivedBatch[]): unknown[] =>
  batches.flatMap(({ events }) => events.flatMap((e) => ("after" in e ? [e.after!.a] : [])));
const quiet = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 60));
const stub = () => local.DATABASES.get(local.DATABASES.idFromName(name));
const lag = async (): Promise<number> =>
  (await sql("SELECT lag FROM pragma_replication_slots WHERE name = 's'"))[0][0];

describe("a subscriber", () => {
  beforeEach(async () => {
    await sql("CREATE TABLE t (a INTEGER PRIMARY KEY, b)");
    await sql("CREATE REPLICATION SLOT s FOR TABLE t");
  });

  it("is sent what is committed, as far as its credit goes", async () => {
    const { batches, until, say } = await listen("?slot=s&credit=1");
    await sql("INSERT INTO t VALUES (1, 'x'), (2, 'y')");
    await until(1);
    expect(rowsOf(batches)).toEqual([1, 2]);
    await sql("INSERT INTO t VALUES (3, 'z')");
    await quiet();
    expect(batches.length).toBe(1);
    say({ credit: 2 });
    expect(rowsOf(await until(2))).toEqual([1, 2, 3]);
    await sql("INSERT INTO t VALUES (4, 'z')");
    expect(rowsOf(await until(3))).toEqual([1, 2, 3, 4]);
  });

  it("moves its slot by acknowledging, and goes on there when it comes again", async () => {
    const first = await listen("?slot=s&credit=5");
    await sql("INSERT INTO t VALUES (1, 'x')");
    await first.until(1);
    await sql("INSERT INTO t VALUES (2, 'x')");
    await first.until(2);
    first.say({ ack: hex(first.batches[0].position) });
    await quiet();
    first.socket.close(1000);
    const second = await listen("?slot=S&credit=5");
    expect(rowsOf(await second.until(1))).toEqual([2]);
    // What it stored before the connection broke.
    const position = hex(second.batches[0].position);
    second.socket.close(1000);
    const third = await listen(`?slot=s&credit=5&position=${position}`);
    await sql("INSERT INTO t VALUES (3, 'x')");
    expect(rowsOf(await third.until(1))).toEqual([3]);
  });

  it("takes the slot from the one before", async () => {
    const first = await listen("?slot=s&credit=5");
    const second = await listen("?slot=s&credit=5");
    expect((await first.closed).code).toBe(4409);
    await sql("INSERT INTO t VALUES (1, 'x')");
    expect(rowsOf(await second.until(1))).toEqual([1]);
    expect(first.batches).toEqual([]);
  });

  it("outlives its object's sleep", async () => {
    const { until, say, batches } = await listen("?slot=s&credit=3");
    await sql("INSERT INTO t VALUES (1, 'x')");
    await until(1);
    await evictDurableObject(stub() as never);
    await sql("INSERT INTO t VALUES (2, 'x')");
    expect(rowsOf(await until(2))).toEqual([1, 2]);
    await evictDurableObject(stub() as never);
    say({ ack: hex(batches[1].position), credit: 1 });
    await quiet();
    expect(await lag()).toBeLessThanOrEqual(1);
    await sql("INSERT INTO t VALUES (3, 'x')");
    expect(rowsOf(await until(3))).toEqual([1, 2, 3]);
  });

  it("hears of many commits in a copy and behind it, in order", async () => {
    await sql("INSERT INTO t SELECT value, 'row ' || value FROM generate_series(1, 30000)");
    await sql("CREATE REPLICATION SLOT copied FOR TABLE t WITH COPY");
    const socket = await connect("?slot=copied");
    socket.accept();
    const seen = new Map<unknown, unknown>();
    const writes = (async () => {
      for (let i = 0; i < 40; i++)
        await sql("UPDATE t SET b = ? WHERE a % 1000 = ?", [`new ${i}`, i]);
    })();
    for await (const { events } of receive(socket, 3)) {
      for (const e of events)
        if (e.type === "insert" || e.type === "update") seen.set(e.after!.a, e.after!.b);
      if (seen.get(39) === "new 39" && seen.size === 30000) break;
    }
    await writes;
    expect(seen.get(30000)).toBe("new 0");
    expect(seen.get(29039)).toBe("new 39");
    expect(seen.get(29999)).toBe("row 29999");
  });

  it("is told when its slot is gone", async () => {
    const socket = await connect("?slot=s");
    socket.accept();
    const reading = receive(socket).next();
    await quiet();
    await sql("DROP REPLICATION SLOT s");
    const error = await reading.then(
      () => null,
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(ChangesClosed);
    expect(error).toMatchObject({ code: 4404, message: "no such replication slot: s" });
  });

  it("is closed for what it may not say", async () => {
    for (const [message, why] of [
      ["credit", "the message is not JSON"],
      ["[", "the message is not JSON"],
      [3, "the message is not an object"],
      [{ credit: -1 }, "credit is a number to 1000"],
      [{ credit: 1e9 }, "credit is a number to 1000"],
      [{ ack: 5 }, "ack is a position in hex"],
      [{ ack: "xyz" }, "a position is in hex"],
      [{ ack: "00" }, "not a position of replication slot s"],
      [{ speed: 1 }, "speed is not known here: ack, credit are"],
    ] as const) {
      const { closed, say } = await listen("?slot=s");
      say(message);
      expect(await closed).toEqual({ code: 4400, reason: why });
    }
    const { closed, socket } = await listen("?slot=s");
    socket.send(new Uint8Array([1, 2]));
    expect((await closed).reason).toBe("messages are JSON texts");
  });

  it("is refused before it is one", async () => {
    const status = async (...request: Parameters<typeof get>): Promise<number> =>
      (await get(...request)).status;
    expect(await status("?slot=nobody")).toBe(404);
    expect(await status("")).toBe(400);
    expect(await status("?slot=s&credit=x")).toBe(400);
    expect(await status("?slot=s&position=0g")).toBe(400);
    expect(await status("?slot=s&position=00")).toBe(400);
    expect(await status("?slot=s", {})).toBe(426);
    const closed = { ...local, DOSQL_LOCAL: "0", DOSQL_TOKEN: "all", DOSQL_READ_TOKEN: "some" };
    const upgrade = { upgrade: "websocket" };
    expect(await status("?slot=s", upgrade, closed)).toBe(401);
    expect(await status("?slot=s", { ...upgrade, authorization: "Bearer some" }, closed)).toBe(403);
    expect(await status("?slot=s", { ...upgrade, authorization: "Bearer all" }, closed)).toBe(101);
  });
});
