import type { Engine } from "./engine.ts";

/** The columns of a statement's rows. */
export interface Columns {
  readonly names: readonly string[];
  /** Whether one of them is called __proto__. */
  readonly hasProto: boolean;
}

const NO_COLUMNS: Columns = { names: [], hasProto: false };

/**
 * Statement: one compiled statement of one engine instance. Idle ones are found again by their text
 * (Engine.acquire); a busy one has rows that nobody fetched yet and belongs to its Result.
 */
export class Statement {
  /** The module's handle; 0 once the statement or its engine instance is gone. */
  handle: number;
  readonly engine: Engine;
  readonly sql: string;
  /** Where in `sql` the statement starts: 0, except in a text of several statements. */
  readonly start: number;
  /** Where it ends, behind its semicolon. */
  readonly end: number;
  readonly parameters: number;
  readonly readsOnly: boolean;
  readonly returnsRows: boolean;
  readonly controlsTransaction: boolean;
  /** After running it, column names that were known before may be out of date. */
  readonly changesSchema: boolean;
  /** Not in the cache: given back as soon as its rows are read. */
  readonly transient: boolean;
  busy = false;
  /** Counts runs, so that a late caller can tell that the run it meant is over. */
  run = 0;
  /** When it was last used, for eviction. */
  used = 0;
  columns: Columns = NO_COLUMNS;
  /** The engine's schema generation that `columns` belongs to; -1 never asked. */
  columnsGeneration = -1;

  /** Parameters' names with their prefix, "" for a plain `?`; null never asked. */
  parameterNames: readonly string[] | null = null;

  constructor(
    engine: Engine,
    handle: number,
    sql: string,
    start: number,
    end: number,
    parameters: number,
    flags: number,
    transient: boolean,
  ) {
    this.engine = engine;
    this.handle = handle;
    this.sql = sql;
    this.start = start;
    this.end = end;
    this.parameters = parameters;
    this.readsOnly = (flags & 1) !== 0;
    this.returnsRows = (flags & 2) !== 0;
    this.controlsTransaction = (flags & 4) !== 0;
    this.changesSchema =
      this.controlsTransaction ||
      (!this.readsOnly && !DATA_CHANGE.test(sql.slice(start, start + 64)));
    this.transient = transient;
  }
}

// Statements that certainly leave the schema alone. What this does not recognise only costs a
// needless look at the column names.
const DATA_CHANGE = /^\s*(insert|update|delete|replace)\b/i;
