import type { DoSQLError } from "../bindings/sql/error.ts";
import { advance } from "../bindings/changes/index.ts";
import { hex } from "../bindings/changes/row.ts";
import { errorResponse, failureResponse } from "../bindings/rpc/http.ts";
import type { Query } from "../bindings/rpc/wire.ts";
import type { QueryAnswer } from "./dosql-object.ts";

const TAG = "dosql:changes";
const DELAY_MS = 5;
const BATCH_BYTES = 512 << 10;
const BATCHES_MAX = 1000;
// What outlives sleep has at most 2,048 bytes a socket.
const SENT_BYTES_MAX = 1000;
const NAME_CHARS_MAX = 200;
// A position begins with the sum of the rest.
const SUM_DIGITS = 8;
const NONE = new Uint8Array();
/** Why the other end was closed. */
const CLOSE = { bad: 4400, noSlot: 4404, taken: 4409, lost: 4410, failed: 4500 };

/** What of a subscriber outlives its object's sleep. */
interface Subscriber {
  slot: string;
  /** Batches that it still wants. */
  credit: number;
  /** The position behind the last batch that was sent; empty: where the slot is. */
  sent: Uint8Array;
  /** That was too large to be kept: the sum of the one whose acknowledgement must come first. */
  waits?: string;
}

class Refused extends Error {
  constructor(
    readonly code: number,
    why: string,
  ) {
    super(why);
  }
}

/**
 * ChangeFeed: subscribers to a database's replication slots, over WebSockets that sleep with their
 * object. A commit pushes: nobody asks, and no alarm is set. docs/replication.md has the protocol.
 *
 * The slot is the only durable thing: an acknowledgement advances it, and whoever connects again
 * goes on there. A subscriber is sent no more batches than it gave credit for.
 */
export class ChangeFeed {
  readonly #ctx: DurableObjectState;
  readonly #query: (query: Query) => QueryAnswer;
  #any: boolean;
  #scheduled = false;

  constructor(ctx: DurableObjectState, query: (query: Query) => QueryAnswer) {
    this.#ctx = ctx;
    this.#query = query;
    this.#any = ctx.getWebSockets(TAG).length > 0;
  }

  owns(socket: WebSocket): boolean {
    return this.#ctx.getTags(socket).includes(TAG);
  }

  /** GET .../changes?slot=NAME[&credit=N][&position=HEX], with an upgrade to a WebSocket. */
  subscribe(request: Request): Response {
    if (request.headers.get("upgrade")?.toLowerCase() !== "websocket")
      return errorResponse(
        426,
        { code: "Method", message: "changes come over a WebSocket: connect with one" },
        { upgrade: "websocket" },
      );
    const { searchParams } = new URL(request.url);
    const slot = searchParams.get("slot");
    if (slot === null || slot === "" || slot.length > NAME_CHARS_MAX)
      return errorResponse(400, { code: "Parameter", message: "?slot=NAME names a slot" });
    const credit = Number(searchParams.get("credit") ?? 0);
    if (!isCredit(credit))
      return errorResponse(400, {
        code: "Parameter",
        message: `credit is a number to ${BATCHES_MAX}`,
      });
    const position = searchParams.get("position");
    try {
      if (position !== null) this.#advance(slot, position);
      this.#read(slot, NONE, 1);
    } catch (error) {
      if (error instanceof Refused)
        return errorResponse(400, { code: "Parameter", message: error.message });
      const { code } = error as Partial<DoSQLError>;
      if (code !== "NoSuchObject" && code !== "Stale") return failureResponse(error);
      const status = code === "Stale" ? 410 : 404;
      return errorResponse(status, { code, message: (error as Error).message });
    }
    for (const other of this.#sockets(slot)) other.close(CLOSE.taken, "another subscriber came");
    const { 0: client, 1: server } = new WebSocketPair();
    this.#ctx.acceptWebSocket(server, [TAG]);
    server.serializeAttachment({ slot, credit, sent: NONE } satisfies Subscriber);
    this.#any = true;
    this.wake();
    return new Response(null, { status: 101, webSocket: client });
  }

  /** {"credit": N}: N more batches may come. {"ack": HEX}: what came before that position is stored. */
  message(socket: WebSocket, data: string | ArrayBuffer): void {
    this.#guarded(socket, () => {
      const subscriber = this.#subscriber(socket);
      const { ack, credit } = parse(data);
      if (ack !== undefined) {
        this.#advance(subscriber.slot, ack);
        if (ack.slice(0, SUM_DIGITS).toLowerCase() === subscriber.waits) delete subscriber.waits;
      }
      subscriber.credit = Math.min(BATCHES_MAX, subscriber.credit + credit);
      socket.serializeAttachment(subscriber);
      this.#send(socket, subscriber);
    });
  }

  /** Something was committed. */
  wake(): void {
    if (!this.#any || this.#scheduled) return;
    this.#scheduled = true;
    setTimeout(() => {
      this.#scheduled = false;
      const sockets = this.#ctx.getWebSockets(TAG);
      this.#any = sockets.length > 0;
      for (const socket of sockets)
        this.#guarded(socket, () => this.#send(socket, this.#subscriber(socket)));
    }, DELAY_MS);
  }

  #send(socket: WebSocket, subscriber: Subscriber): void {
    while (subscriber.credit > 0 && subscriber.waits === undefined) {
      const row = this.#read(subscriber.slot, subscriber.sent, BATCH_BYTES);
      if (row === undefined) return;
      const [batch, position] = row;
      const message = new Uint8Array(4 + position.length + batch.length);
      new DataView(message.buffer).setUint32(0, position.length, true);
      message.set(position, 4);
      message.set(batch, 4 + position.length);
      socket.send(message);
      subscriber.credit--;
      const fits = position.length <= SENT_BYTES_MAX;
      subscriber.sent = fits ? position : NONE;
      if (!fits) subscriber.waits = hex(position).slice(0, SUM_DIGITS);
      socket.serializeAttachment(subscriber);
    }
  }

  // The batch behind a position of the slot, and the position behind that.
  #read(slot: string, from: Uint8Array, bytes: number): [Uint8Array, Uint8Array] | undefined {
    const sql = "SELECT batch, position FROM replication_batch(?, ?, ?)";
    const [row] = this.#query({ sql, params: [slot, bytes, from] }).rows;
    return row?.map((blob) => new Uint8Array(blob as ArrayBuffer)) as [Uint8Array, Uint8Array];
  }

  #advance(slot: string, position: string): void {
    if (!/^([0-9a-f]{2})+$/i.test(position)) throw new Refused(CLOSE.bad, "a position is in hex");
    this.#query({ sql: advance(slot, unhex(position)) });
  }

  #sockets(slot: string): WebSocket[] {
    const same = (socket: WebSocket): boolean =>
      this.#subscriber(socket).slot.toLowerCase() === slot.toLowerCase();
    return this.#ctx.getWebSockets(TAG).filter(same);
  }

  #subscriber(socket: WebSocket): Subscriber {
    return socket.deserializeAttachment() as Subscriber;
  }

  // What fails ends the connection, and says why.
  #guarded(socket: WebSocket, body: () => void): void {
    try {
      body();
    } catch (error) {
      const { code } = error as Partial<DoSQLError>;
      const close =
        error instanceof Refused
          ? error.code
          : code === "NoSuchObject"
            ? CLOSE.noSlot
            : code === "Stale"
              ? CLOSE.lost
              : code === "Bind"
                ? CLOSE.bad
                : CLOSE.failed;
      // At most 123 bytes.
      const why = new TextEncoder().encode((error as Error).message).subarray(0, 120);
      socket.close(close, new TextDecoder().decode(why).replace(/\uFFFD$/, ""));
    }
  }
}

const unhex = (digits: string): Uint8Array =>
  Uint8Array.from(digits.match(/../g)!, (byte) => parseInt(byte, 16));

const isCredit = (n: unknown): n is number =>
  Number.isInteger(n) && (n as number) >= 0 && (n as number) <= BATCHES_MAX;

function parse(data: string | ArrayBuffer): { ack?: string; credit: number } {
  const bad = (why: string): Refused => new Refused(CLOSE.bad, why);
  if (typeof data !== "string") throw bad("messages are JSON texts");
  let message: unknown;
  try {
    message = JSON.parse(data);
  } catch {
    throw bad("the message is not JSON");
  }
  if (typeof message !== "object" || message === null) throw bad("the message is not an object");
  const { ack, credit = 0, ...others } = message as Record<string, unknown>;
  const [other] = Object.keys(others);
  if (other !== undefined) throw bad(`${other.slice(0, 40)} is not known here: ack, credit are`);
  if (ack !== undefined && typeof ack !== "string") throw bad("ack is a position in hex");
  if (!isCredit(credit)) throw bad(`credit is a number to ${BATCHES_MAX}`);
  return { ack: ack as string | undefined, credit };
}
