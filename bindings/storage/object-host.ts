import { BillingMeter } from "./billing-meter.ts";
import { LOG_SLOTS, RowKind, checkRowSize, rowId, type PageHost } from "./page-host.ts";
import { RowsAhead, type PackedRows } from "./rows-ahead.ts";

const CREATE = "CREATE TABLE IF NOT EXISTS _dosql (id INTEGER PRIMARY KEY, data BLOB NOT NULL)";
const GET = "SELECT data FROM _dosql WHERE id = ?";
// A part of an extent: what SQLite reads of the row is the same, what is copied is a sixteenth.
const GET_PART = "SELECT substr(data, ?, ?) AS data FROM _dosql WHERE id = ?";
// Log rows are read in order when a database opens: one statement brings many of them as one value of at
// most 1 MB. Bytes pass through group_concat as they are.
const GET_LOG =
  "SELECT group_concat(id - ?1) AS ids, group_concat(length(data)) AS sizes, " +
  "CAST(group_concat(data, '') AS BLOB) AS data FROM (SELECT id, data FROM _dosql " +
  "WHERE id BETWEEN ?1 AND ?2 AND length(data) <= ?3 ORDER BY id)";
const SHORT_ROWS = { rows: 256, bytes: 4096 };
const LONG_ROWS = { rows: 16, bytes: 65_536 };
const PUT =
  "INSERT INTO _dosql (id, data) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET data = excluded.data";
// One statement, so that nothing can come between the look and the write: where the look fails there is
// nothing to write, which the column refuses. (INSERT ... SELECT would go by a temporary table.)
const PUT_IF =
  "INSERT OR IGNORE INTO _dosql (id, data) VALUES (?1, " +
  "CASE WHEN (SELECT substr(data, 1, ?4) FROM _dosql WHERE id = ?3) = ?5 THEN ?2 END) " +
  "ON CONFLICT (id) DO UPDATE SET data = excluded.data";

type DataRow = { data: ArrayBuffer };
/**
 * ObjectHost: a database's rows in one private table of a Durable Object's own storage.
 *
 * Every call is synchronous and joins the object's implicit transaction, so all puts of a turn
 * become durable together, and the output gate holds answers until they are. One put is one billed
 * row. `exec` keeps prepared statements by text, so the texts above are compiled once.
 */
export class ObjectHost implements PageHost {
  readonly faultModel = 0;
  readonly meter = new BillingMeter();
  readonly #sql: SqlStorage;
  readonly #ctx: DurableObjectState;
  // Log rows read ahead. Forgotten at any put.
  #ahead: RowsAhead | null = null;
  // What the next log rows are expected to be like, by the last one.
  #expected = SHORT_ROWS;

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
    this.#sql = ctx.storage.sql;
    this.#sql.exec(CREATE);
  }

  get(kind: number, number: number): ArrayBuffer | Uint8Array | null {
    this.meter.rowsRead++;
    if (kind === RowKind.Log) return this.#logRow(rowId(kind, number));
    return this.#read(this.#sql.exec<DataRow>(GET, rowId(kind, number)));
  }

  getPart(kind: number, number: number, from: number, size: number): ArrayBuffer | null {
    this.meter.rowsRead++;
    return this.#read(this.#sql.exec<DataRow>(GET_PART, from + 1, size, rowId(kind, number)));
  }

  // To the end: a cursor that is left open keeps SQLite from starting its log anew until it is collected.
  #read(cursor: SqlStorageCursor<DataRow>): ArrayBuffer | null {
    const rows = cursor.toArray();
    return rows.length === 0 ? null : rows[0].data;
  }

  #logRow(id: number): ArrayBuffer | Uint8Array | null {
    let row: ArrayBuffer | Uint8Array | null = this.#ahead?.row(id) ?? null;
    if (row === null) {
      const { rows, bytes } = this.#expected;
      const end = Math.min(id + rows, rowId(RowKind.Log, LOG_SLOTS)) - 1;
      this.#ahead = new RowsAhead(id, this.#sql.exec<PackedRows>(GET_LOG, id, end, bytes).one());
      row = this.#ahead.row(id) ?? this.#read(this.#sql.exec<DataRow>(GET, id));
    }
    this.#expected = row !== null && row.byteLength > SHORT_ROWS.bytes ? LONG_ROWS : SHORT_ROWS;
    return row;
  }

  put(kind: number, number: number, data: Uint8Array): void {
    checkRowSize(data);
    this.#ahead = null;
    const cursor = this.#sql.exec(PUT, rowId(kind, number), data);
    this.meter.wrote(kind, data.byteLength);
    this.meter.platformRowsWritten += cursor.rowsWritten;
  }

  putIf(
    kind: number,
    number: number,
    data: Uint8Array,
    predKind: number,
    predNumber: number,
    head: Uint8Array,
  ): boolean {
    checkRowSize(data);
    this.#ahead = null;
    const cursor = this.#sql.exec(
      PUT_IF,
      rowId(kind, number),
      data,
      rowId(predKind, predNumber),
      head.byteLength,
      head,
    );
    const written = cursor.rowsWritten;
    this.meter.platformRowsWritten += written;
    if (written === 0) return false;
    this.meter.wrote(kind, data.byteLength);
    return true;
  }

  sync(): void {}

  // Microtasks run before the event loop commits the implicit transaction.
  scheduleEndTurn(endTurn: () => void): void {
    void Promise.resolve().then(endTurn); // without a call into the platform
  }

  trimLog(): void {}

  // The output gate never opens for an aborted object: no answer of this turn is released.
  withhold(reason: string): void {
    this.#ctx.abort(reason);
  }

  close(): void {}
}
