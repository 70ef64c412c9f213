import { ABI_VERSION, type DosqlExports } from "../abi/abi.gen.ts";
import type { PageHost } from "../storage/page-host.ts";
import { Double, StepCode, Word } from "./control.ts";
import { DoSQLError } from "./error.ts";
import { deadStatement, readFailure, trapError, wrongCount } from "./failure.ts";
import { makeImports } from "./imports.ts";
import { frameBytesMax, writeParameters } from "./parameters.ts";
import type { Result } from "./result.ts";
import { Statement, type Columns } from "./statement.ts";
import { StatementCache } from "./statement-cache.ts";
import { decodeText, encodeText } from "./text.ts";
import type { SqlParameter } from "./value.ts";
import { Views } from "./views.ts";

export interface EngineOptions {
  /** The compiled dosql.wasm. */
  module: WebAssembly.Module;
  host: PageHost;
  /** Bytes of the page cache; default 16 MB. */
  cacheBytes?: number;
  /** Bytes the database may use in all. */
  budgetBytes?: number;
  /** How many statements stay compiled; default 256. */
  statements?: number;
  /** The clock, in microseconds since 1970; default the system's. */
  now?: () => number;
}

/**
 * Engine: one database, in one instance of the module, over one PageHost.
 *
 *   closed --first use--> open --trap, Io, Poisoned, Stale--> closed --next use--> open ...
 *
 * What the engine cannot go on with (a trap, a failed commit) drops the instance; the call that met
 * it throws, and the next one recovers from storage. Statements and results of a dropped instance
 * are dead. Commits of the running turn that were only in memory are then lost: the host withholds
 * the turn's answers (PageHost.withhold).
 *
 * Everything is synchronous. A result frame lives until the next call; `live` is the Result that
 * still has to read one, and every call settles it first.
 */
export class Engine {
  /** Views of the module's memory. Read anew after each call: memory may have grown. */
  views: Views = CLOSED;
  /** The Result whose frame is in the module's memory, not decoded yet. */
  live: Result | null = null;

  readonly #options: EngineOptions;
  readonly #host: PageHost;
  readonly #cache: StatementCache;
  readonly #garbage: Statement[] = [];
  readonly #abandoned: FinalizationRegistry<{ statement: Statement; run: number }> | null;
  #exports: DosqlExports | null = null;
  #database = 0;
  // The control block, as an index of u32 words.
  #control = 0;
  #input = 0;
  #inputBytes = 0;
  #schemaGeneration = 0;
  #deadline = 0;
  #hostError: unknown = undefined;
  #closed = false;
  // The turn that waits for its end_turn: last LSN acknowledged when its first commit was put.
  #turnLsn = -1;
  // A turn whose end failed with nobody to tell: the next call reports it.
  #lostTurn: DoSQLError | null = null;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#host = options.host;
    this.#cache = new StatementCache(options.statements ?? 256);
    this.#abandoned =
      typeof FinalizationRegistry === "undefined"
        ? null
        : new FinalizationRegistry(({ statement, run }) => {
            if (statement.run === run && statement.busy) this.#garbage.push(statement);
          });
  }

  // --- lifecycle -----------------------------------------------------------------------------

  get isOpen(): boolean {
    return this.#exports !== null;
  }

  /** Opens the database now, if it is not open; any other call does so too. */
  open(): DosqlExports {
    return this.#exports ?? this.#open();
  }

  #open(): DosqlExports {
    if (this.#closed) throw new DoSQLError("Misuse", "the database connection is not open");
    if (this.#lostTurn !== null) {
      const error = this.#lostTurn;
      this.#lostTurn = null;
      throw error;
    }
    this.#hostError = undefined;
    let memory: WebAssembly.Memory | null = null;
    const imports = makeImports({
      host: this.#host,
      bytes: () => {
        if (this.views.u8.length === 0 && memory !== null) {
          this.views = new Views(memory.buffer as ArrayBuffer);
        }
        return this.views.u8;
      },
      hostFailed: (error) => {
        this.#hostError = error;
      },
      turnScheduled: () => this.#scheduleEndTurn(),
      now: this.#options.now ?? systemClock,
    });
    try {
      const instance = new WebAssembly.Instance(this.#options.module, { env: { ...imports } });
      const exports = instance.exports as unknown as DosqlExports;
      memory = exports.memory;
      this.views = new Views(memory.buffer as ArrayBuffer);
      exports._initialize();
      const version = exports.abi_version();
      if (version !== ABI_VERSION) {
        throw new DoSQLError(
          "Misuse",
          `dosql.wasm has ABI version ${version}, these bindings ${ABI_VERSION}`,
        );
      }
      const { cacheBytes = 0, budgetBytes = 0 } = this.#options;
      const database = exports.open(this.#host.faultModel, cacheBytes, budgetBytes);
      this.#exports = exports;
      this.#refresh();
      this.#control = exports.control(database) >>> 2;
      if (database === 0) throw this.#failure();
      this.#database = database;
      this.#input = exports.input(database, INPUT_BYTES_MIN) >>> 0;
      this.#inputBytes = this.#input === 0 ? 0 : INPUT_BYTES_MIN;
      if (this.#deadline > 0) exports.set_deadline(database, this.#deadline);
      return exports;
    } catch (error) {
      this.#forget();
      throw error instanceof DoSQLError ? error : trapError(error);
    }
  }

  /** Ends the database for good. Storage keeps what was committed. */
  close(): void {
    if (this.#closed) return;
    const exports = this.#exports;
    if (exports !== null) {
      this.endTurn();
      if (this.#exports !== null) this.#call(() => exports.close(this.#database));
    }
    this.#forget();
    this.#closed = true;
    this.#host.close();
  }

  // --- statements ----------------------------------------------------------------------------

  /**
   * The statement of this text, compiled and idle; from the cache where it can. Of several
   * statements in the text the last, after `runEarlier` was called for each before it; without
   * `runEarlier` several are refused. Null when the text holds none.
   */
  acquire(sql: string, runEarlier?: (statement: Statement) => void): Statement | null {
    const cached = this.#cache.get(sql);
    if (cached !== undefined && !cached.busy) return cached;
    return this.#compile(sql, cached === undefined, runEarlier);
  }

  #compile(
    sql: string,
    cacheable: boolean,
    runEarlier: ((statement: Statement) => void) | undefined,
  ): Statement | null {
    const exports = this.open();
    this.#settle();
    const bytes = this.#writeText(sql);
    let at = 0;
    let start = 0; // the same place in the string
    for (;;) {
      const handle = this.#prepare(exports, at, bytes - at);
      if (handle === 0 && this.#word(Word.code) !== 0) throw this.#failure(sql, start);
      if (handle === 0) return null;
      const parameters = this.#word(Word.params);
      const flags = this.#word(Word.flags);
      const next = at + this.#word(Word.consumed);
      const nextStart = bytes === sql.length ? next : start + this.#textAt(at, next).length;
      const last = this.#isBlank(exports, sql, nextStart, next, bytes);
      const transient = !last || at > 0 || !cacheable;
      const statement = new Statement(
        this,
        handle,
        sql,
        start,
        nextStart,
        parameters,
        flags,
        transient,
      );
      if (last) {
        if (!transient) for (const old of this.#cache.add(statement)) this.#garbage.push(old);
        return statement;
      }
      if (runEarlier === undefined) {
        this.#garbage.push(statement);
        throw new DoSQLError("Misuse", "The supplied SQL string contains more than one statement");
      }
      // Statements before the last take no parameters, so the text in the input region stays.
      try {
        runEarlier(statement);
      } finally {
        this.#garbage.push(statement);
      }
      at = next;
      start = nextStart;
    }
  }

  // Whether nothing but blanks and comments follows. The engine alone knows comments: it is asked
  // to compile the rest, which may fail for now (the statements before it did not run yet).
  #isBlank(exports: DosqlExports, sql: string, start: number, at: number, bytes: number): boolean {
    if (/^[\s;]*$/.test(start === 0 ? sql : sql.slice(start))) return true;
    const handle = this.#prepare(exports, at, bytes - at);
    if (handle === 0) return this.#word(Word.code) === 0;
    this.#call(() => exports.finalize(handle));
    return false;
  }

  #prepare(exports: DosqlExports, at: number, bytes: number): number {
    return this.#call(() => exports.prepare(this.#database, this.#input + at, bytes));
  }

  /**
   * Runs a statement from its start with these parameters; returns a StepCode. `frame`,
   * `rowsRead` and `rowsWritten` then speak of it.
   */
  run(statement: Statement, params: readonly SqlParameter[], rowsMax: number): number {
    const exports = this.#exports;
    if (exports === null || statement.handle === 0) throw deadStatement();
    this.#settle();
    if (params.length !== statement.parameters) throw wrongCount(statement, params);
    const size = params.length === 0 ? 0 : this.#bind(params);
    statement.run++;
    let code: number;
    try {
      code = exports.run(statement.handle, this.#input, size, rowsMax);
    } catch (error) {
      throw this.#died(error);
    }
    if (this.views.u8.length === 0) this.#refresh();
    if (statement.changesSchema) this.#schemaGeneration++;
    if (this.#inputBytes > INPUT_BYTES_KEPT) this.#inputBytes = 0;
    if (code >= StepCode.blocked) throw this.#stepFailure(statement, code);
    return code;
  }

  /** The next frame of a running statement; returns as `run`. */
  step(statement: Statement): number {
    const exports = this.#exports;
    if (exports === null || statement.handle === 0) throw deadStatement();
    this.#settle();
    let code: number;
    try {
      code = exports.step(statement.handle, 0);
    } catch (error) {
      throw this.#died(error);
    }
    if (this.views.u8.length === 0) this.#refresh();
    if (code >= StepCode.blocked) throw this.#stepFailure(statement, code);
    return code;
  }

  /** Ends a run whose rows were not all fetched. */
  reset(statement: Statement, run: number): void {
    const exports = this.#exports;
    if (exports === null || statement.handle === 0 || statement.run !== run) return;
    this.#settle();
    this.#call(() => exports.reset(statement.handle));
    this.done(statement, run);
  }

  /** Told when a run is over: the statement may be used again, or given back. */
  done(statement: Statement, run: number): void {
    if (statement.run !== run) return;
    statement.busy = false;
    if (statement.transient) this.#garbage.push(statement);
  }

  /** Told of a run with rows waiting: ends it when its Result is collected unread. */
  watch(result: Result, statement: Statement): void {
    statement.busy = true;
    this.#abandoned?.register(result, { statement, run: statement.run });
  }

  /** The columns of the run that just ended; the run's Result must be `live`. */
  columnsAfterRun(statement: Statement): Columns {
    if (
      statement.columnsGeneration === this.#schemaGeneration &&
      statement.columns.names.length === this.#word(Word.columns)
    ) {
      return statement.columns;
    }
    return this.columnsOf(statement);
  }

  /** The columns the statement was last compiled to. */
  columnsOf(statement: Statement): Columns {
    const exports = this.#exports;
    if (exports === null || statement.handle === 0) return statement.columns;
    this.#settle();
    const count = this.#call(() => exports.describe(statement.handle));
    if (count < 0) throw new DoSQLError("NoMemory", "no memory for the column names");
    const names = this.#names(count);
    statement.columns = { names, hasProto: names.includes("__proto__") };
    statement.columnsGeneration = this.#schemaGeneration;
    return statement.columns;
  }

  /** The names of the statement's parameters with their prefix, "" for a plain `?`. */
  parameterNamesOf(statement: Statement): readonly string[] {
    if (statement.parameterNames !== null) return statement.parameterNames;
    if (statement.parameters === 0) return (statement.parameterNames = []);
    const exports = this.#exports;
    if (exports === null || statement.handle === 0) throw deadStatement();
    this.#settle();
    const count = this.#call(() => exports.param_names(statement.handle));
    return (statement.parameterNames = this.#names(count));
  }

  /** Table, column and declared type of each column, "" where there is none; [] if not known. */
  originsOf(statement: Statement): string[] {
    const exports = this.#exports;
    if (exports === null || statement.handle === 0) return [];
    this.#settle();
    return this.#names(this.#call(() => exports.origins(statement.handle)));
  }

  // --- what the last call left in the control block ------------------------------------------

  /** Address of the result frame, 0 none. */
  get frame(): number {
    return this.#word(Word.frame);
  }
  get rowsRead(): number {
    return this.#double(Double.rowsRead);
  }
  get rowsWritten(): number {
    return this.#double(Double.rowsWritten);
  }
  /** Rows changed by the last INSERT, UPDATE or DELETE. */
  get changes(): number {
    return this.#double(Double.changes);
  }
  /** Since the database was opened. */
  get totalChanges(): number {
    return this.#double(Double.totalChanges);
  }
  get lastRowid(): bigint {
    return this.isOpen ? this.views.i64[(this.#control >> 1) + Double.lastRowid] : 0n;
  }
  get lastLsn(): number {
    return this.#double(Double.lastLsn);
  }
  /** Whether BEGIN or SAVEPOINT is open. */
  get inTransaction(): boolean {
    return this.isOpen && this.#word(Word.inTransaction) !== 0;
  }
  /** Size of the module's memory; 0 while closed. */
  get memoryBytes(): number {
    return this.isOpen ? this.views.u8.length : 0;
  }

  // --- whole-database calls ------------------------------------------------------------------

  /** Writes all changed pages to storage and starts the log anew. */
  checkpoint(): void {
    const exports = this.open();
    this.#settle();
    this.#answer(this.#call(() => exports.checkpoint(this.#database)));
  }

  /** Rolls an open transaction back, if there is one. */
  rollback(): void {
    const exports = this.#exports;
    if (exports === null) return;
    this.#settle();
    this.#schemaGeneration++;
    this.#answer(this.#call(() => exports.rollback(this.#database)));
  }

  /** Statements fail with Deadline once the clock passes this; 0 none. */
  setDeadline(micros: number): void {
    const exports = this.open();
    this.#settle();
    this.#deadline = micros;
    this.#call(() => exports.set_deadline(this.#database, micros));
  }

  /** Traps inside the module, to show that the database survives it. */
  trapForTest(): void {
    const exports = this.open();
    this.#settle();
    this.#call(() => exports.trap_for_test());
  }

  // --- turns ---------------------------------------------------------------------------------

  #scheduleEndTurn(): void {
    const first = this.#turnLsn < 0;
    this.#turnLsn = this.#exports === null ? 0 : this.lastLsn;
    if (first) this.#host.scheduleEndTurn(() => this.endTurn());
  }

  /** Hands what this turn committed so far to the storage; the host does so when the turn ends. */
  endTurn(): void {
    this.#settle();
    const exports = this.#exports;
    if (exports === null || this.#turnLsn < 0) {
      this.#turnLsn = -1;
      return;
    }
    let failure: DoSQLError | null = null;
    try {
      if (exports.end_turn(this.#database) !== 0) {
        this.#refresh();
        failure = this.#failure();
      }
    } catch (error) {
      failure = trapError(error);
    }
    if (this.views.u8.length === 0) this.#refresh();
    this.#turnLsn = -1;
    if (failure === null) return;
    this.#forget();
    if (this.#host.withhold === undefined) this.#lostTurn = failure;
    else this.#host.withhold(`a commit could not be completed: ${failure.message}`);
  }

  // --- inside --------------------------------------------------------------------------------

  #word(index: number): number {
    return this.views.u32[this.#control + index];
  }

  #double(index: number): number {
    return this.#exports === null ? 0 : this.views.f64[(this.#control >> 1) + index];
  }

  // The texts that the last call listed.
  #names(count: number): string[] {
    const at = this.#word(Word.names);
    const bytes = this.views.u8.subarray(at, at + this.#word(Word.namesBytes));
    return decodeText(bytes).split("\0").slice(0, count);
  }

  #refresh(): void {
    if (this.#exports !== null && this.views.u8.length === 0) {
      this.views = new Views(this.#exports.memory.buffer as ArrayBuffer);
    }
  }

  // What must happen before any call: the frame it would end is copied, statements that nobody
  // needs are given back.
  #settle(): void {
    if (this.live !== null) {
      this.live.keep(this.views);
      this.live = null;
    }
    if (this.#garbage.length > 0) this.#collect();
  }

  #collect(): void {
    const exports = this.#exports;
    for (const statement of this.#garbage.splice(0)) {
      const handle = statement.handle;
      if (handle === 0 || exports === null) continue;
      if (statement.busy && !statement.transient) {
        // In the cache (busy ones are not evicted), its Result collected unread.
        this.#call(() => exports.reset(handle));
        statement.busy = false;
      } else {
        statement.handle = 0;
        this.#call(() => exports.finalize(handle));
      }
    }
  }

  #call<T>(call: () => T): T {
    try {
      const answer = call();
      this.#refresh();
      return answer;
    } catch (error) {
      throw this.#died(error);
    }
  }

  #answer(code: number): void {
    if (code !== 0) throw this.#failed(this.#failure());
  }

  #stepFailure(statement: Statement, code: number): DoSQLError {
    if (code === StepCode.blocked) {
      return new DoSQLError("Blocked", "the storage of this database cannot be read at once");
    }
    return this.#failed(this.#failure(statement.sql, statement.start));
  }

  // An error that came from the open database: some of them end the instance.
  #failed(error: DoSQLError): DoSQLError {
    const { code } = error;
    if (code === "Poisoned" || code === "Stale" || code === "Io") this.#drop(error);
    return error;
  }

  #died(cause: unknown): DoSQLError {
    const error = trapError(cause);
    this.#drop(error);
    return error;
  }

  // Drops the instance. If the running turn has commits that only its memory holds, answers that
  // were computed from them must not leave.
  #drop(error: DoSQLError): void {
    this.#refresh();
    const inMemoryOnly = this.#turnLsn >= 0 && this.lastLsn > this.#turnLsn + 1;
    this.#forget();
    if (inMemoryOnly) this.#host.withhold?.(`commits of this turn were lost: ${error.message}`);
  }

  #forget(): void {
    for (const statement of this.#cache.clear()) statement.handle = 0;
    this.#garbage.length = 0;
    this.live = null;
    this.#exports = null;
    this.#database = 0;
    this.views = CLOSED;
    this.#turnLsn = -1;
    this.#schemaGeneration++;
  }

  #failure(sql?: string, start = 0): DoSQLError {
    return readFailure(this.views, this.#control, this.#hostError, sql, start);
  }

  #bind(params: readonly SqlParameter[]): number {
    let size = writeParameters(this.views, this.#input, this.#input + this.#inputBytes, params);
    if (size < 0) {
      this.#needInput(frameBytesMax(params));
      size = writeParameters(this.views, this.#input, this.#input + this.#inputBytes, params);
    }
    return size;
  }

  #writeText(sql: string): number {
    let size = encodeText(this.views.u8, this.#input, this.#input + this.#inputBytes, sql);
    if (size < 0) {
      this.#needInput(sql.length * 3);
      size = encodeText(this.views.u8, this.#input, this.#input + this.#inputBytes, sql);
    }
    return size;
  }

  #textAt(from: number, to: number): string {
    return decodeText(this.views.u8.subarray(this.#input + from, this.#input + to));
  }

  // A region of at least `bytes`. Run forgets one that was grown for something huge (it counts
  // against the database's budget), so that the next call asks again and the module shrinks it.
  #needInput(bytes: number): void {
    const exports = this.open();
    if (bytes > INPUT_BYTES_LIMIT) {
      throw new DoSQLError("TooBig", "SQL text or parameters of more than 1 GB");
    }
    const size = Math.max(bytes, INPUT_BYTES_MIN);
    this.#inputBytes = 0;
    this.#input = this.#call(() => exports.input(this.#database, size)) >>> 0;
    if (this.#input === 0) {
      this.#input = this.#call(() => exports.input(this.#database, INPUT_BYTES_MIN)) >>> 0;
      this.#inputBytes = this.#input === 0 ? 0 : INPUT_BYTES_MIN;
      throw new DoSQLError("NoMemory", `the byte budget does not hold ${size} bytes of input`);
    }
    this.#inputBytes = size;
  }
}

const CLOSED = new Views(new ArrayBuffer(0));
const systemClock = (): number => Date.now() * 1000;
const INPUT_BYTES_MIN = 16 << 10;
const INPUT_BYTES_KEPT = 1 << 20;
const INPUT_BYTES_LIMIT = 1 << 30;
