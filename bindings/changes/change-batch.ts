import { ByteReader, decodeRow, hex, integer, type ChangeValue } from "./row.ts";

/** A place in a database's log: behind commit `lsn` and the first `changes` changes of the next. */
export interface LogPlace {
  /** Which opening of the database wrote there. */
  incarnation: bigint;
  lsn: number;
  changes: number;
}

export interface ChangeColumn {
  name: string;
  /** As declared; "" when nothing was. */
  type: string;
  notNull: boolean;
  /** Whether it is another name of the rowid (INTEGER PRIMARY KEY). */
  isRowid: boolean;
  /** Its place in the PRIMARY KEY from 1 on; 0: not part of it. */
  keyPosition: number;
}

export interface ChangeTable {
  id: number;
  name: string;
  withoutRowid: boolean;
  columns: ChangeColumn[];
}

interface InTransaction {
  /** The number of the commit. */
  lsn: number;
  /** Of the same commit: its events belong together. */
  txnId: string;
  /** Milliseconds since 1970. */
  timestamp: number;
}

export type Row = Record<string, ChangeValue>;

export interface RowChange extends InTransaction {
  type: "insert" | "update" | "delete";
  table: ChangeTable;
  /** The row's PRIMARY KEY, or its `rowid` where it has none. */
  key: Row;
  /** The row as it was; not with an insert. */
  before?: Row;
  /** The row as it is; not with a delete. */
  after?: Row;
  /** Whether it was copied: it is the row as it was at the batch's end, whatever came before. */
  copied?: true;
}

export interface SchemaChange extends InTransaction {
  type: "ddl";
  /** The object that was made, changed or dropped. */
  tableId: number;
  sql: string;
}

/** Rows of the table that were there already begin to come, or have come: inserts with `copied`. */
export interface TableCopy {
  type: "copy";
  table: ChangeTable;
  /** "begins": nothing that came of the table before counts. */
  state: "begins" | "goes on" | "ended";
}

/** The table was dropped, or has a name now that the slot does not follow. */
export interface TableGone extends InTransaction {
  type: "gone";
  tableId: number;
}

export type ChangeEvent = RowChange | SchemaChange | TableCopy | TableGone;

/** Another opening of the database goes on from commit `fork` of its `parent`. */
export interface Incarnation {
  incarnation: bigint;
  parent: bigint;
  fork: number;
}

export interface ChangeBatch {
  /** 32 hex digits that name the database. */
  databaseId: string;
  from: LogPlace;
  to: LogPlace;
  /** The number of the copy's part in it; 0: none. */
  part: number;
  /**
   * When the slot that copies was made, microseconds since 1970; 0 without a part. Of two first parts that
   * with the later time counts, whichever came last.
   */
  copyTime: number;
  incarnations: Incarnation[];
  events: ChangeEvent[];
}

const MAGIC = 0x02435344; // "DSC", 2
const ITEM = { incarnation: 1, table: 2, transaction: 3, change: 4, ddl: 5, copy: 6, gone: 7 };
const COPY_STATES = [undefined, "begins", "goes on", "ended"] as const;
const TYPES = [undefined, "insert", "update", "delete"] as const;
const NOT_NULL = 1;
const IS_ROWID = 2;
const WITHOUT_ROWID = 1;

function readTable(reader: ByteReader): ChangeTable {
  const id = reader.varint();
  const name = reader.text();
  const withoutRowid = (reader.u8() & WITHOUT_ROWID) !== 0;
  const columns: ChangeColumn[] = [];
  for (let left = reader.varint(); left > 0; left--) {
    const column = { name: reader.text(), type: reader.text() };
    const flags = reader.u8();
    columns.push({
      ...column,
      notNull: (flags & NOT_NULL) !== 0,
      isRowid: (flags & IS_ROWID) !== 0,
      keyPosition: reader.varint(),
    });
  }
  return { id, name, withoutRowid, columns };
}

/** The row's bytes with its columns' names; the rowid under its other name, where it has one. */
function named(table: ChangeTable, bytes: Uint8Array, rowid: number | bigint | undefined): Row {
  const values = decodeRow(bytes);
  const row: Row = {};
  for (const [i, value] of values.entries()) {
    const column = table.columns[i];
    if (column === undefined) throw new Error(`a row of ${table.name} has more columns than the table`);
    row[column.name] = column.isRowid && rowid !== undefined ? rowid : value;
  }
  return row;
}

function keyOf(table: ChangeTable, row: Row, rowid: number | bigint | undefined): Row {
  const columns = table.columns.filter(({ keyPosition }) => keyPosition > 0);
  if (columns.length === 0) return { rowid: rowid as number | bigint };
  columns.sort((a, b) => a.keyPosition - b.keyPosition);
  return Object.fromEntries(columns.map(({ name }) => [name, row[name]]));
}

/**
 * The events of one batch, in the order of their commits. Throws an Error for bytes that are no batch
 * or end too early.
 */
export function decodeBatch(batch: Uint8Array | ArrayBuffer): ChangeBatch {
  const bytes = batch instanceof Uint8Array ? batch : new Uint8Array(batch);
  const reader = new ByteReader(bytes);
  reader.u32();
  if (reader.u32() !== MAGIC) throw new Error("not a change batch, or one of a newer version");
  const databaseId = hex(reader.bytes(16));
  const place = (incarnation: bigint, lsn: bigint, changes: number): LogPlace => ({ incarnation, lsn: Number(lsn), changes });
  const [incarnation, lsn, changes, endChanges] = [reader.u64(), reader.u64(), reader.u32(), reader.u32()];
  const [endLsn, endIncarnation, count] = [reader.u64(), reader.u64(), reader.u32()];
  const part = reader.u32();
  const copyTime = Number(reader.u64());
  const result: ChangeBatch = {
    databaseId,
    from: place(incarnation, lsn, changes),
    to: place(endIncarnation, endLsn, endChanges),
    part,
    copyTime,
    incarnations: [],
    events: [],
  };
  const tables = new Map<number, ChangeTable>();
  let transaction: InTransaction | undefined;
  let copying = false;
  const inTransaction = (): InTransaction => {
    if (transaction === undefined) throw new Error("a change outside of a transaction in the change batch");
    return transaction;
  };
  while (!reader.done) {
    const kind = reader.u8();
    if (kind === ITEM.incarnation) {
      result.incarnations.push({ incarnation: reader.u64(), parent: reader.u64(), fork: Number(reader.u64()) });
    } else if (kind === ITEM.table) {
      const table = readTable(reader);
      tables.set(table.id, table);
    } else if (kind === ITEM.transaction) {
      const at = reader.varint();
      transaction = { lsn: at, txnId: `${databaseId}:${at}`, timestamp: Number(reader.i64()) / 1000 };
    } else if (kind === ITEM.change) {
      const type = TYPES[reader.u8()];
      const table = tables.get(reader.varint());
      if (type === undefined || table === undefined) throw new Error("a change of an unknown kind or table in the change batch");
      const keyBytes = reader.bytes();
      const rowid = table.withoutRowid ? undefined : integer(new ByteReader(keyBytes).i64());
      const event: RowChange = { type, table, ...inTransaction(), key: {} };
      if (type !== "insert") event.before = named(table, reader.bytes(), rowid);
      if (type !== "delete") event.after = named(table, reader.bytes(), rowid);
      if (copying) event.copied = true;
      event.key = keyOf(table, (event.after ?? event.before) as Row, rowid);
      result.events.push(event);
    } else if (kind === ITEM.ddl) {
      result.events.push({ type: "ddl", ...inTransaction(), tableId: reader.varint(), sql: reader.text() });
    } else if (kind === ITEM.copy) {
      const table = tables.get(reader.varint());
      const state = COPY_STATES[reader.u8()];
      if (table === undefined || state === undefined) throw new Error("a copy of an unknown table in the change batch");
      copying = state !== "ended";
      result.events.push({ type: "copy", table, state });
    } else if (kind === ITEM.gone) {
      result.events.push({ type: "gone", ...inTransaction(), tableId: reader.varint() });
    } else {
      throw new Error(`an item of kind ${kind} in the change batch`);
    }
  }
  if (result.events.length !== count) throw new Error("the change batch holds fewer events than it says");
  return result;
}
