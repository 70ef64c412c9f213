// Random schemas: what exists, and statements that change it.
//
//   schema: { tables: [table], views: [{ name, columns, rowid: false }], serial,
//             descending: whether some index is }
//   table:  { name, columns: [{ name, affinity, notNull, strict }], rowid, primaryKey: [name] | null,
//             unique: [[name]], guarded: whether any other column may be unique, indexes: [name], strict }
//
// Each statement: { tree, kind: "ddl", after(schema) -> the schema once it ran }. Schemas are never
// changed in place: a rollback goes back to an old one.
import { expr, list, opt, seq } from "./tree.mjs";

const TYPES = [["INTEGER", "INTEGER"], ["INT", "INTEGER"], ["REAL", "REAL"], ["DOUBLE", "REAL"], ["TEXT", "TEXT"], ["VARCHAR(10)", "TEXT"], ["BLOB", "BLOB"], ["", "BLOB"], ["NUMERIC", "NUMERIC"], ["BOOLEAN", "NUMERIC"], ["INTEGER", "INTEGER"], ["TEXT", "TEXT"]];
const STRICT_TYPES = [["INTEGER", "INTEGER"], ["INT", "INTEGER"], ["REAL", "REAL"], ["TEXT", "TEXT"], ["BLOB", "BLOB"], ["ANY", "BLOB"]];
const NAMES = ["a", "b", "c", "d", "e", "f"];

export const emptySchema = { tables: [], views: [], serial: 0, descending: false };

export class Schemas {
  constructor(random, expressions, selects) {
    this.random = random;
    this.expressions = expressions;
    this.selects = selects;
  }

  /** `plain`: nothing rare. */
  createTable(schema, plain) {
    const { random, expressions } = this;
    const serial = schema.serial + 1;
    const name = `t${serial}`;
    const strict = !plain && random.chance(8);
    const withoutRowid = !plain && random.chance(10);
    const columns = [];
    const parts = [];
    const width = random.between(2, 5);
    const rowidKey = !withoutRowid && random.chance(45);
    let primaryKey = null;
    let descending = false;
    const unique = [];
    for (let i = 0; i < width; i++) {
      const [type, affinity] = random.pick(strict ? STRICT_TYPES : TYPES);
      const column = { name: NAMES[i], affinity, notNull: false, strict };
      const clauses = [];
      if (i === 0 && rowidKey) {
        column.affinity = "INTEGER";
        column.rowidKey = true;
        clauses.push(" PRIMARY KEY", random.chance(15) ? opt(" AUTOINCREMENT") : "");
      } else {
        if (random.chance(15)) {
          column.notNull = true;
          clauses.push(opt(" NOT NULL", !plain && random.chance(15) ? opt(` ON CONFLICT ${random.pick(["IGNORE", "REPLACE", "ABORT", "FAIL"])}`) : ""));
        }
        if (random.chance(12)) {
          unique.push([column.name]);
          clauses.push(opt(" UNIQUE", !plain && random.chance(15) ? opt(` ON CONFLICT ${random.pick(["IGNORE", "REPLACE", "ABORT", "FAIL", "ROLLBACK"])}`) : ""));
        }
        if (random.chance(20)) clauses.push(opt(" DEFAULT ", strict ? expressions.valueFor(column) : expressions.literal()));
        else if (!plain && random.chance(6)) clauses.push(opt(" DEFAULT (", expressions.make({ columns: [], outer: null, subqueries: 0 }, 2), ")"));
        if (random.chance(12)) clauses.push(opt(` COLLATE ${expressions.collation()}`));
        if (!plain && random.chance(8)) clauses.push(opt(" CHECK (", this.mildCheck(column), ")"));
      }
      columns.push(column);
      parts.push(seq(`${column.name} ${i === 0 && rowidKey ? "INTEGER" : type}`, ...clauses));
    }
    if (withoutRowid || (!rowidKey && random.chance(20))) {
      primaryKey = random.chance(50) ? [columns[0].name] : [columns[0].name, columns[1].name];
      const keys = primaryKey.map((column) => column + random.pick(["", "", " DESC"])).join(", ");
      descending = keys.includes("DESC");
      parts.push(seq(`PRIMARY KEY (${keys})`));
      unique.push(primaryKey);
      if (withoutRowid) for (const column of columns) if (primaryKey.includes(column.name)) column.notNull = true;
    }
    if (!plain && random.chance(10) && width > 2) {
      unique.push([columns[1].name, columns[2].name]);
      parts.push(seq(`UNIQUE (${columns[1].name}, ${columns[2].name})`));
    }
    const options = [withoutRowid ? "WITHOUT ROWID" : "", strict ? "STRICT" : ""].filter(Boolean).join(", ");
    const table = { name, columns, rowid: !withoutRowid, primaryKey, unique, guarded: false, indexes: [], strict };
    return {
      kind: "ddl",
      tree: seq(`CREATE TABLE ${name} (`, list(parts), `) ${options}`),
      after: (s) => ({ ...s, tables: [...s.tables, table], serial: Math.max(s.serial, serial), descending: s.descending || descending }),
    };
  }

  mildCheck(column) {
    const { random } = this;
    return expr(random.pick([`${column.name} <> 7`, `length(${column.name}) < 9`, `${column.name} IS NOT 'zeta'`, `typeof(${column.name}) <> 'blob'`, `${column.name} > -3 OR ${column.name} IS NULL`]));
  }

  createIndex(schema, plain) {
    const { random, expressions } = this;
    const table = random.pick(schema.tables);
    const serial = schema.serial + 1;
    const name = `i${serial}`;
    const scope = { columns: table.columns.map((column) => ({ ref: column.name })), outer: null, subqueries: 0 };
    const unique = random.chance(12);
    // SQLite takes a unique index that names a column twice for the target of an upsert of other columns.
    const named = new Set();
    const column = () => random.pick(table.columns.filter(({ name: one }) => !unique || !named.has(one))).name;
    const keys = expressions.times(1, unique ? Math.min(3, table.columns.length) : 3, () => {
      const key = !plain && random.chance(12) ? expr("(", expressions.make(scope, 1), ")") : column();
      if (typeof key === "string") named.add(key);
      return seq(key, random.chance(12) ? opt(` COLLATE ${expressions.collation()}`) : "", random.pick(["", "", " DESC"]));
    });
    const descending = keys.some((key) => key.parts.includes(" DESC"));
    const where = !plain && random.chance(15) ? opt(" WHERE ", this.partialPredicate(table)) : "";
    return {
      kind: "ddl",
      tree: seq("CREATE ", unique ? opt("UNIQUE ") : "", `INDEX ${name} ON ${table.name} (`, list(keys), ")", where),
      after: (s) => ({ ...replaceTable(s, table.name, (t) => ({ ...t, indexes: [...t.indexes, name], guarded: t.guarded || unique }), serial), descending: s.descending || descending }),
    };
  }

  partialPredicate(table) {
    const { random, expressions } = this;
    const column = random.pick(table.columns).name;
    return expr(random.pick([`${column} IS NOT NULL`, `${column} > 2`, `${column} = ${expressions.literal()}`, `${column} < 5`, `${column} IN (1, 2, 'a')`]));
  }

  createView(schema) {
    const { random, selects } = this;
    const serial = schema.serial + 1;
    const name = `v${serial}`;
    const names = Array.from({ length: random.between(1, 3) }, (_, i) => `m${i}`);
    selects.schema = schema;
    selects.aliases = 0;
    const body = selects.namedSimple({ outer: null, subqueries: 0, inView: true }, names);
    return {
      kind: "ddl",
      tree: seq(`CREATE VIEW ${name} AS `, body),
      after: (s) => ({ ...s, views: [...s.views, { name, columns: names.map((column) => ({ name: column })), rowid: false }], serial: Math.max(s.serial, serial) }),
    };
  }

  drop(schema) {
    const { random } = this;
    const indexes = schema.tables.flatMap((table) => table.indexes.map((name) => [table, name]));
    if (indexes.length > 0 && random.chance(60)) {
      const [table, name] = random.pick(indexes);
      return { kind: "ddl", tree: seq(`DROP INDEX ${name}`), after: (s) => replaceTable(s, table.name, (t) => ({ ...t, indexes: t.indexes.filter((other) => other !== name) })) };
    }
    if (schema.views.length > 0) {
      const view = random.pick(schema.views);
      return { kind: "ddl", tree: seq(`DROP VIEW ${view.name}`), after: (s) => ({ ...s, views: s.views.filter((other) => other !== view) }) };
    }
    return null;
  }

  alter(schema) {
    const { random, expressions } = this;
    if (schema.views.length > 0 && random.chance(75)) return null;
    const table = random.pick(schema.tables);
    const serial = schema.serial + 1;
    const fresh = `z${serial}`;
    const statement = random.weighted([
      [4, () => {
        const column = { name: fresh, affinity: "NUMERIC", notNull: false, strict: table.strict };
        const type = table.strict ? "ANY" : "NUMERIC";
        const clause = random.chance(50) ? opt(` DEFAULT ${expressions.literal()}`) : "";
        return { tree: seq(`ALTER TABLE ${table.name} ADD COLUMN ${fresh} ${type}`, clause), after: (s) => replaceTable(s, table.name, (t) => ({ ...t, columns: [...t.columns, column] }), serial) };
      }],
      [3, () => {
        const column = random.pick(table.columns);
        const rename = (name) => (name === column.name ? fresh : name);
        return {
          tree: seq(`ALTER TABLE ${table.name} RENAME COLUMN ${column.name} TO ${fresh}`),
          after: (s) => replaceTable(s, table.name, (t) => ({ ...t, columns: t.columns.map((c) => ({ ...c, name: rename(c.name) })), primaryKey: t.primaryKey?.map(rename) ?? null, unique: t.unique.map((key) => key.map(rename)) }), serial),
        };
      }],
      [2, () => ({ tree: seq(`ALTER TABLE ${table.name} RENAME TO t${serial}`), after: (s) => replaceTable(s, table.name, (t) => ({ ...t, name: `t${serial}` }), serial) })],
      [3, () => {
        const column = table.columns.at(-1);
        return table.columns.length < 3 ? null : { tree: seq(`ALTER TABLE ${table.name} DROP COLUMN ${column.name}`), after: (s) => replaceTable(s, table.name, (t) => ({ ...t, columns: t.columns.filter((c) => c.name !== column.name), unique: t.unique.filter((key) => !key.includes(column.name)) })) };
      }],
    ])();
    return statement && { kind: "ddl", ...statement };
  }

  /** What the schema looks like from inside. */
  look(schema) {
    const { random } = this;
    const table = random.pick(schema.tables).name;
    const text = random.pick([
      "SELECT type, name, tbl_name, sql FROM sqlite_schema",
      `PRAGMA table_info(${table})`,
      `PRAGMA table_xinfo(${table})`,
      `PRAGMA index_list(${table})`,
      `SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_info('${table}')`,
      "SELECT name, seq FROM sqlite_sequence",
    ]);
    return { kind: "select", tree: seq(text), ordered: false, loose: false };
  }
}

function replaceTable(schema, name, change, serial = 0) {
  return { ...schema, tables: schema.tables.map((table) => (table.name === name ? change(table) : table)), serial: Math.max(schema.serial, serial) };
}
