import { decodeBatch, type ChangeBatch } from "./change-batch.ts";
import { hex } from "./row.ts";

/** A batch that came over a WebSocket, and the slot's place behind it. */
export interface ReceivedBatch extends ChangeBatch {
  position: Uint8Array;
}

/** The socket was closed before its user was done with it: connect again, and it goes on. */
export class ChangesClosed extends Error {
  /** 4404: no such slot. 4409: another subscriber took it. 4410: it is lost. Others: try again. */
  readonly code: number;

  constructor(code: number, reason: string) {
    super(reason === "" ? `the connection was closed (${code})` : reason);
    this.name = "ChangesClosed";
    this.code = code;
  }
}

/** A message of the socket: a batch and the position behind it. Throws an Error for anything else. */
export function decodeMessage(data: ArrayBuffer): ReceivedBatch {
  const size = data.byteLength < 4 ? data.byteLength : new DataView(data).getUint32(0, true);
  if (size > data.byteLength - 4) throw new Error("not a message of changes");
  const batch = decodeBatch(new Uint8Array(data, 4 + size));
  return { ...batch, position: new Uint8Array(data, 4, size) };
}

/**
 * The batches of a socket to /db/NAME/changes?slot=SLOT, in order. Asking for the next one says that
 * all before it are stored: the slot moves on behind them. At most `credit` batches are under way.
 * Throws ChangesClosed when the other end goes away; leaving the loop closes the socket.
 *
 *     for await (const { events } of receive(socket)) await store(events);
 */
export async function* receive(
  socket: WebSocket,
  credit = 8,
): AsyncGenerator<ReceivedBatch, never, void> {
  const queue: ArrayBuffer[] = [];
  let closed: ChangesClosed | null = null;
  let wake: () => void = () => undefined;
  const ended = (code: number, reason: string): void => {
    closed ??= new ChangesClosed(code, reason);
    wake();
  };
  socket.binaryType = "arraybuffer";
  socket.addEventListener("message", ({ data }) => {
    if (data instanceof ArrayBuffer) queue.push(data);
    wake();
  });
  socket.addEventListener("close", ({ code, reason }) => ended(code, reason));
  socket.addEventListener("error", () => ended(1006, ""));
  const open = (): boolean => socket.readyState === WebSocket.OPEN;
  if (socket.readyState === WebSocket.CONNECTING)
    await new Promise<void>((resolve) => {
      wake = resolve;
      socket.addEventListener("open", () => resolve());
    });
  try {
    if (open()) socket.send(JSON.stringify({ credit }));
    for (let stored = 0; ;) {
      const data = queue.shift();
      if (data !== undefined) {
        const batch = decodeMessage(data);
        yield batch;
        stored++;
        // What waits already is acknowledged together with it.
        if (open() && (queue.length === 0 || stored >= credit / 2)) {
          socket.send(JSON.stringify({ ack: hex(batch.position), credit: stored }));
          stored = 0;
        }
      } else if (closed !== null) {
        throw closed;
      } else {
        await new Promise<void>((resolve) => (wake = resolve));
      }
    }
  } finally {
    socket.close(1000);
  }
}
