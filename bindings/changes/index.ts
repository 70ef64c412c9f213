/**
 * dosql/changes: what a replication slot gives, as events.
 *
 *     const [row] = await db.query("SELECT batch, position FROM replication_batch('lake')");
 *     if (row) {
 *       for (const event of decodeBatch(row.batch).events) await store(event);
 *       await db.query(advance("lake", row.position));
 *     }
 *
 * or, pushed over a WebSocket to /db/NAME/changes?slot=lake:
 *
 *     for await (const { events } of receive(socket)) await store(events);
 */
import { hex } from "./row.ts";

export { decodeBatch } from "./change-batch.ts";
export { ChangesClosed, decodeMessage, receive, type ReceivedBatch } from "./receive.ts";
export type {
  ChangeBatch,
  ChangeColumn,
  ChangeEvent,
  ChangeTable,
  Incarnation,
  LogPlace,
  Row,
  RowChange,
  SchemaChange,
  TableCopy,
  TableGone,
} from "./change-batch.ts";
export type { ChangeValue } from "./row.ts";

/** The statement that moves a slot on to the position that came with a batch. */
export function advance(slot: string, position: Uint8Array | ArrayBuffer): string {
  const bytes = position instanceof Uint8Array ? position : new Uint8Array(position);
  return `ALTER REPLICATION SLOT "${slot.replaceAll('"', '""')}" ADVANCE TO x'${hex(bytes)}'`;
}
