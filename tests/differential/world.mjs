// One random database on both sides: a schema, rows, then statements until the first difference.
import { runBoth } from "./compare.mjs";
import { Random } from "./random.mjs";
import { Schemas, emptySchema } from "./schemas.mjs";
import { Selects } from "./selects.mjs";
import { render, seq } from "./tree.mjs";
import { Writes } from "./writes.mjs";

const STATEMENTS = 120;

export class World {
  /** `engines` = { dosql, sqlite }; `note` is told each verdict. */
  constructor(seed, engines, note) {
    this.random = new Random(seed);
    this.engines = engines;
    this.note = note;
    this.selects = new Selects(this.random);
    this.expressions = this.selects.expressions;
    this.schemas = new Schemas(this.random, this.expressions, this.selects);
    this.writes = new Writes(this.random, this.expressions, this.selects);
    this.schema = emptySchema;
    this.log = [];
    this.failed = false;
    this.rows = new Map();
    this.ended = false; // nothing more can be compared
    this.marks = []; // of open savepoints and BEGIN: { name, schema }
  }

  /** Null, or { log, verdict } of the first difference. */
  run() {
    this.sides = openSides(this.engines);
    try {
      return this.#run();
    } finally {
      closeSides(this.sides);
    }
  }

  #run() {
    const { random } = this;
    const plain = random.chance(35);
    const tables = random.between(1, 3);
    for (let tries = 0; this.schema.tables.length < tables && tries < 12; tries++) {
      if (this.#take(this.schemas.createTable(this.schema, plain || tries > 4))) return this.found;
    }
    if (this.schema.tables.length === 0) return null;
    for (const table of this.schema.tables) {
      for (let i = random.between(1, 3); i > 0; i--) if (this.#take(this.writes.insert(table, 6))) return this.found;
    }
    for (let i = random.between(0, 3); i > 0; i--) if (this.#take(this.schemas.createIndex(this.schema, plain))) return this.found;
    for (let i = 0; i < STATEMENTS && !this.ended; i++) {
      const statement = this.#next(plain);
      if (statement && this.#take(statement)) return this.found;
    }
    return this.#take({ kind: "check", tree: seq("PRAGMA integrity_check"), ordered: true, loose: false }) ? this.found : null;
  }

  #next(plain) {
    const { random, schema } = this;
    return random.weighted([
      [700, () => ({ kind: "select", ...this.selects.statement(schema) })],
      [190, () => this.writes.statement(schema, this.rows)],
      [14, () => this.schemas.createIndex(schema, plain)],
      [plain ? 1 : 8, () => (schema.views.length < 3 ? this.schemas.createView(schema) : null)],
      [8, () => this.schemas.drop(schema)],
      [plain ? 1 : 6, () => this.schemas.alter(schema)],
      [25, () => this.#transaction()],
      [10, () => this.schemas.look(schema)],
      [2, () => ({ kind: "select", tree: seq("SELECT changes(), total_changes()", this.failed ? "" : ", last_insert_rowid()"), ordered: true })],
      [1, () => ({ kind: "ddl", tree: seq(random.pick(["ANALYZE", "REINDEX"])), after: (s) => s })],
    ])();
  }

  #transaction() {
    const { random } = this;
    const depth = this.marks.length;
    const names = this.marks.map(({ name }) => name).filter(Boolean);
    const tell = (text) => ({ kind: "transaction", tree: seq(text), ordered: true });
    if (depth === 0) return tell(random.pick(["BEGIN", "BEGIN IMMEDIATE", "SAVEPOINT s1"]));
    if (random.chance(35)) return tell(`SAVEPOINT s${depth + 1}`);
    if (names.length > 0 && random.chance(60)) return tell(`${random.pick(["RELEASE ", "ROLLBACK TO ", "ROLLBACK TO "])}${random.pick(names)}`);
    return tell(random.pick(["COMMIT", "ROLLBACK", "END"]));
  }

  /** Runs a statement; true at a difference. */
  #take(statement) {
    const text = render(statement.tree);
    const verdict = this.#drawn(statement, runBoth(this.sides, statement, text));
    this.note(statement, verdict);
    if (verdict.drawn || verdict.kind === "refused" || verdict.kind === "budget") return false;
    this.log.push(statement);
    if (verdict.kind === "different") {
      this.found = { log: this.log, verdict };
      return true;
    }
    const fine = verdict.kind === "same" && !verdict.failed;
    if (fine && statement.kind === "ddl") this.schema = statement.after(this.schema);
    if (fine && statement.kind === "transaction") this.#mark(text);
    if (verdict.failed) this.#afterFailure(statement);
    // What FAIL leaves of an UPDATE is what came first, which the plan decides.
    if (verdict.failed && /^UPDATE/.test(text) && this.log.some((one) => /\bFAIL\b/.test(render(one.tree)))) {
      this.ended = true;
      return false;
    }
    if (statement.kind === "write") return this.#check(statement.table);
    return false;
  }

  #mark(text) {
    const name = / (s\d)$/.exec(text)?.[1];
    const at = this.marks.findLastIndex((mark) => mark.name === name);
    if (text.startsWith("BEGIN") || text.startsWith("SAVEPOINT")) this.marks.push({ name, schema: this.schema });
    else if (text.startsWith("RELEASE")) this.marks.length = at;
    else if (text.startsWith("ROLLBACK TO")) {
      this.schema = this.marks[at].schema;
      this.marks.length = at + 1;
    } else {
      if (text === "ROLLBACK") this.schema = this.marks[0].schema;
      this.marks = [];
    }
  }

  // A failure may have rolled the whole transaction back.
  #afterFailure(statement) {
    // Which row of an INSERT that failed was its last is left open.
    if (statement.kind === "write") this.failed = true;
    if (this.marks.length > 0 && !this.sides.sqlite.db.isTransaction) {
      this.schema = this.marks[0].schema;
      this.marks = [];
    }
  }

  // Behind the largest rowid the next ones are drawn at random: the world ends.
  #drawsRowids(name) {
    const { db } = this.sides.sqlite;
    if (!this.schema.tables.find((one) => one.name === name)?.rowid) return false;
    // A failure may have rolled it back.
    if (db.prepare("SELECT count(*) AS n FROM sqlite_master WHERE name = ?").get(name).n === 0) return false;
    if (db.prepare(`SELECT max(rowid) = 9223372036854775807 AS last FROM ${name}`).get().last !== 1) return false;
    this.ended = true;
    return true;
  }

  #drawn(statement, verdict) {
    if (verdict.kind !== "different" || statement.kind !== "write" || !this.#drawsRowids(statement.table)) return verdict;
    return { kind: "explained", reason: "a rowid drawn at random", drawn: true };
  }

  /** What is in the table now. */
  #check(name) {
    const table = this.schema.tables.find((one) => one.name === name);
    if (!table) return false;
    const text = `SELECT ${table.rowid ? "rowid, " : ""}* FROM ${name}`;
    const statement = { kind: "select", tree: seq(text), ordered: false, loose: false };
    const verdict = this.#drawn({ kind: "write", table: name }, runBoth(this.sides, statement, text));
    this.note(statement, verdict);
    if (verdict.kind === "different") {
      this.log.push(statement);
      this.found = { log: this.log, verdict };
      return true;
    }
    const { db } = this.sides.sqlite;
    this.#drawsRowids(name);
    this.rows.set(name, Number(db.prepare(`SELECT count(*) AS n FROM ${name}`).get().n));
    return false;
  }
}

export function openSides({ dosql, sqlite }) {
  return { engine: dosql, ours: dosql.open(), sqlite: sqlite.open() };
}

export function closeSides({ ours, sqlite }) {
  try {
    ours.close();
  } catch {
    // It broke before: that was the finding.
  }
  sqlite.close();
}
