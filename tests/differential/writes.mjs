// Random INSERT, UPDATE and DELETE: { tree, kind: "write", table, loose }.
//
// Where the order of the rows would decide, it is given: INSERT ... SELECT reads in an order that is
// total, and an UPDATE of a unique column takes one row.
import { expr, list, opt, seq } from "./tree.mjs";

const OR = ["", "", "", "", "", " OR IGNORE", " OR REPLACE", " OR ABORT", " OR FAIL", " OR ROLLBACK"];

export class Writes {
  constructor(random, expressions, selects) {
    this.random = random;
    this.expressions = expressions;
    this.selects = selects;
  }

  statement(schema, rows) {
    const { random } = this;
    const table = random.pick(schema.tables);
    const many = (rows.get(table.name) ?? 0) > 14;
    return random.weighted([
      [many ? 8 : 40, () => this.insert(table)],
      [many ? 2 : 6, () => this.insertSelect(table, schema, rows)],
      [25, () => this.update(table, schema)],
      [many ? 40 : 14, () => this.delete(table, schema)],
    ])();
  }

  scopeOf(table) {
    return { columns: table.columns.map(({ name }) => ({ ref: name, name })), outer: null, subqueries: 0 };
  }

  returning(table, percent = 12) {
    const { random, expressions } = this;
    if (!random.chance(percent)) return "";
    return opt(" RETURNING ", random.chance(40) ? "*" : list(expressions.times(1, 3, () => expressions.make(this.scopeOf(table), 1))));
  }

  result(table, tree) {
    // Loose: in RETURNING, SQLite shows an integer that a REAL column stores as one inside expressions.
    return { kind: "write", table: table.name, tree, ordered: false, loose: true };
  }

  row(table, columns) {
    const { expressions, random } = this;
    return seq("(", list(columns.map((column) => (column.rowidKey ? expr(random.chance(40) ? "NULL" : String(random.between(-2, 25))) : random.chance(12) ? expressions.make({ columns: [], outer: null, subqueries: 0 }, 2) : expr(expressions.valueFor(column)))), ", ", columns.length), ")");
  }

  insert(table, most = 5) {
    const { random, expressions } = this;
    const verb = table.strict ? "INSERT" : random.chance(4) ? "REPLACE" : `INSERT${random.pick(OR)}`;
    if (random.chance(2)) return this.result(table, seq(`${verb} INTO ${table.name} DEFAULT VALUES`, this.returning(table)));
    const named = random.chance(35);
    const columns = named ? table.columns.filter(() => random.chance(75)) : table.columns;
    if (columns.length === 0) return this.insert(table, most);
    const into = named ? `${table.name} (${columns.map(({ name }) => name).join(", ")})` : table.name;
    const rows = list(expressions.times(1, table.strict ? 1 : most, () => this.row(table, columns)));
    return this.result(table, seq(`${verb} INTO ${into} VALUES `, rows, this.upsert(table), this.returning(table)));
  }

  upsert(table) {
    const { random, expressions } = this;
    if (table.strict || !random.chance(10)) return "";
    const keys = [...table.unique, ...(table.columns[0].rowidKey ? [[table.columns[0].name]] : [])];
    const target = keys.length > 0 && random.chance(80) ? ` (${random.pick(keys).join(", ")})` : "";
    if (random.chance(35) || target === "") return opt(` ON CONFLICT${target} DO NOTHING`);
    const scope = { columns: table.columns.flatMap(({ name }) => [{ ref: name }, { ref: `excluded.${name}` }]), outer: null, subqueries: 0 };
    const where = random.chance(20) ? opt(" WHERE ", expressions.predicate({ ...scope, columns: scope.columns.map(({ ref }) => ({ ref: ref.includes(".") ? ref : `${table.name}.${ref}` })) })) : "";
    const full = { ...scope, columns: scope.columns.map(({ ref }) => ({ ref: ref.includes(".") ? ref : `${table.name}.${ref}` })) };
    const sets = list(this.someColumns(table).map(({ name }) => seq(`${name} = `, expressions.make(full, 1))));
    return opt(` ON CONFLICT${target} DO UPDATE SET `, sets, where);
  }

  someColumns(table) {
    const { random } = this;
    const free = freeColumns(table);
    const from = free.length > 0 ? free : table.columns;
    const chosen = from.filter(() => random.chance(40));
    return chosen.length > 0 ? chosen : [random.pick(from)];
  }

  insertSelect(table, schema, rows) {
    const { random, expressions } = this;
    const sources = schema.tables.filter((other) => other.rowid && (rows.get(other.name) ?? 0) < 12);
    if (sources.length === 0 || table.strict) return this.insert(table);
    const source = random.pick(sources);
    const scope = { columns: source.columns.map(({ name }) => ({ ref: `q.${name}`, name })), outer: null, subqueries: 0 };
    const outputs = table.columns.map((column) => (column.rowidKey ? expr("NULL") : random.chance(70) ? expr(expressions.column(scope)) : expressions.make(scope, 2)));
    const where = random.chance(60) ? opt(" WHERE ", expressions.predicate(scope)) : "";
    return this.result(table, seq(`INSERT${table.strict ? "" : random.pick(OR)} INTO ${table.name} SELECT `, list(outputs, ", ", outputs.length), ` FROM ${source.name} AS q`, where, ` ORDER BY q.rowid LIMIT 5`));
  }

  /** WHERE that finds at most one row, where there is a key. */
  oneRow(table) {
    const { random, expressions } = this;
    if (table.rowid) return seq(` WHERE rowid = ${random.between(0, 9)}`);
    return seq(` WHERE ${table.primaryKey.map((name) => `${name} = ${expressions.literal()}`).join(" AND ")}`);
  }

  update(table, schema) {
    const { random, expressions } = this;
    const scope = { ...this.scopeOf(table), subqueries: random.chance(10) ? 1 : 0 };
    this.selects.schema = schema;
    this.selects.aliases = 0;
    if (random.chance(6)) {
      const from = this.updateFrom(table, schema);
      if (from) return from;
    }
    if (random.chance(25) || table.strict) {
      const column = random.pick(table.columns);
      return this.result(table, seq(`UPDATE${random.pick(OR)} ${table.name} SET ${column.name} = `, random.chance(50) ? expr(expressions.valueFor(column)) : expressions.make(scope, 2), this.oneRow(table), this.returning(table)));
    }
    const free = freeColumns(table);
    if (free.length === 0) return this.delete(table, schema);
    // In SQLite a subquery in SET sees the rows that the statement has changed before.
    const own = { ...scope, subqueries: 0 };
    const sets = list(this.someColumns(table).map((column) => seq(`${column.name} = `, random.chance(50) ? expr(expressions.valueFor(column)) : expressions.make(own, 2))));
    const pair = free.length > 1 && random.chance(5) ? seq(`(${free[0].name}, ${free[1].name}) = (`, expressions.make(own, 1), ", ", expressions.make(own, 1), ")") : sets;
    return this.result(table, seq(`UPDATE${table.strict || random.chance(80) ? "" : random.pick(OR)} ${table.name} SET `, pair, opt(" WHERE ", expressions.predicate(scope)), this.returning(table)));
  }

  updateFrom(table, schema) {
    const { random, expressions } = this;
    const sources = schema.tables.filter((other) => other.rowid && other !== table);
    const free = freeColumns(table);
    if (sources.length === 0 || free.length === 0) return null;
    const source = random.pick(sources);
    const column = random.pick(free);
    const scope = { columns: [...source.columns.map(({ name }) => ({ ref: `q.${name}` })), ...table.columns.map(({ name }) => ({ ref: `${table.name}.${name}` }))], outer: null, subqueries: 0 };
    return this.result(table, seq(`UPDATE ${table.name} SET ${column.name} = `, expressions.make(scope, 1), ` FROM ${source.name} AS q WHERE q.rowid = ${table.name}.${random.pick(table.columns).name}`, this.returning(table, 20)));
  }

  delete(table, schema) {
    const { random, expressions } = this;
    this.selects.schema = schema;
    this.selects.aliases = 0;
    const scope = { ...this.scopeOf(table), subqueries: random.chance(15) ? 1 : 0 };
    const where = random.chance(40) ? this.oneRow(table) : seq(" WHERE ", expressions.predicate(scope));
    return this.result(table, seq(`DELETE FROM ${table.name}`, random.chance(2) ? "" : where, this.returning(table)));
  }
}

/** Columns that no key holds: their update is the same in any order of rows. */
function freeColumns(table) {
  return table.guarded ? [] : table.columns.filter(({ name, rowidKey }) => !rowidKey && !table.unique.some((key) => key.includes(name)));
}
