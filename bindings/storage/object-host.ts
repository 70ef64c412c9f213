import { BillingMeter } from "./billing-meter.ts";
import { LOG_SLOTS, RowKind, checkRowSize, rowId, type PageHost } from "./page-host.ts";

const CREATE = "CREATE TABLE IF NOT EXISTS _dosql(id INTEGER PRIMARY KEY,data BLOB NOT NULL)";
const GET = "SELECT data FROM _dosql WHERE id=?";
// A part of an extent: what SQLite reads of the row is the same, what is copied is a sixteenth.
const GET_PART = "SELECT substr(data,?,?)AS data FROM _dosql WHERE id=?";
// Log rows are read in order when a database opens: one statement brings many of them as one value of at
// most 1 MB. Bytes pass through group_concat as they are.
const GET_LOG =
  "SELECT group_concat(id-?)AS ids,group_concat(length(data))AS sizes," +
  "CAST(group_concat(data,'')AS BLOB)AS data FROM _dosql " +
  "WHERE id BETWEEN ? AND ? AND length(data)<=? HAVING count(*)";
const AHEAD_BYTES = 2 ** 20;
const SHORT_ROW = 4096;
const LONG_ROW = 65_536;
const PUT = "INSERT INTO _dosql VALUES(?,?)ON CONFLICT DO UPDATE SET data=excluded.data";
// One statement, so that nothing can come between the look and the write: where the look fails there is
// nothing to write, which the column refuses. (INSERT ... SELECT would go by a temporary table.) Short,
// because the platform copies, looks up and traces the text at each call. 16 bytes are what every head has.
const PUT_IF =
  "INSERT OR IGNORE INTO _dosql VALUES(?1,iif((SELECT substr(data,1,16)FROM _dosql WHERE id=?3)=?4,?2," +
  "NULL))ON CONFLICT DO UPDATE SET data=excluded.data";

// The same where the row is there already, as it is once the log's ring has come round: 10 us less of an
// awaited commit's 240 (700 interleaved rounds, put and sync alone).
const REPLACE_IF =
  "UPDATE _dosql SET data=?2 WHERE id=?1 AND(SELECT substr(data,1,16)FROM _dosql WHERE id=?3)=?4";

type PackedRows = { ids: string; sizes: string; data: ArrayBuffer };
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
  // Log rows read ahead, from row `first` on. Forgotten at any put or other get: whoever opens a database
  // again sees what is there then.
  #ahead: Uint8Array[] = [];
  #first = 0;
  // The longest that is read ahead, by what the last row was like.
  #longest = SHORT_ROW;
  // Whether the rows that come next are taken to be there.
  #comesRound = true;

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
    this.#sql = ctx.storage.sql;
    this.#sql.exec(CREATE);
  }

  get(kind: number, number: number): ArrayBuffer | Uint8Array | null {
    this.meter.rowsRead++;
    if (kind === RowKind.Log) return this.#logRow(rowId(kind, number));
    this.#ahead = [];
    return this.#read(this.#sql.exec<DataRow>(GET, rowId(kind, number)));
  }

  getPart(kind: number, number: number, from: number, size: number): ArrayBuffer | null {
    this.meter.rowsRead++;
    this.#ahead = [];
    return this.#read(this.#sql.exec<DataRow>(GET_PART, from + 1, size, rowId(kind, number)));
  }

  // To the end: a cursor that is left open keeps SQLite from starting its log anew until it is collected.
  #read(cursor: SqlStorageCursor<DataRow>): ArrayBuffer | null {
    return cursor.toArray()[0]?.data ?? null;
  }

  #logRow(id: number): ArrayBuffer | Uint8Array | null {
    // A row that was given stays: the engine may ask again with more room.
    let row: ArrayBuffer | Uint8Array | null | undefined = this.#ahead[id - this.#first];
    if (row === undefined) {
      this.#readAhead(id);
      row = this.#ahead[0] ?? this.#read(this.#sql.exec<DataRow>(GET, id));
    }
    this.#longest = row !== null && row.byteLength > SHORT_ROW ? LONG_ROW : SHORT_ROW;
    return row;
  }

  // Plain steps: opening a database runs this before it is compiled.
  #readAhead(id: number): void {
    this.#ahead = [];
    this.#first = id;
    const end = Math.min(id + AHEAD_BYTES / this.#longest, rowId(RowKind.Log, LOG_SLOTS)) - 1;
    const [found] = this.#sql.exec<PackedRows>(GET_LOG, id, id, end, this.#longest).toArray();
    if (found === undefined) return;
    const sizes = found.sizes.split(",");
    const bytes = new Uint8Array(found.data);
    let at = 0;
    for (const i of found.ids.split(",")) {
      const size = Number(sizes.shift());
      this.#ahead[+i] = bytes.subarray(at, (at += size));
    }
  }

  put(kind: number, number: number, data: Uint8Array): void {
    checkRowSize(data);
    this.#ahead = [];
    this.#wrote(kind, data, this.#sql.exec(PUT, rowId(kind, number), data).rowsWritten);
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
    this.#ahead = [];
    const sql = this.#sql;
    const id = rowId(kind, number);
    const pred = rowId(predKind, predNumber);
    let rows = this.#comesRound ? sql.exec(REPLACE_IF, id, data, pred, head).rowsWritten : 0;
    if (rows === 0) {
      this.#comesRound = number === 0;
      rows = sql.exec(PUT_IF, id, data, pred, head).rowsWritten;
    }
    return this.#wrote(kind, data, rows);
  }

  #wrote(kind: number, data: Uint8Array, rows: number): boolean {
    this.meter.platformRowsWritten += rows;
    if (rows > 0) this.meter.wrote(kind, data.byteLength);
    return rows > 0;
  }

  sync(): void {}

  // Microtasks run before the event loop commits the implicit transaction. A promise's, because the
  // platform wraps what queueMicrotask is given, which costs each commit 15 us.
  scheduleEndTurn(endTurn: () => void): void {
    void Promise.resolve().then(endTurn);
  }

  trimLog(): void {}

  // The output gate never opens for an aborted object: no answer of this turn is released.
  withhold(reason: string): void {
    this.#ctx.abort(reason);
  }

  close(): void {}
}
