// Random SELECTs over a schema. Each comes as
//   { tree, columns: how many, ordered: its order is total, loose: which of equal values it shows is
//     left open (1 or 1.0, 'a' or 'A') }
import { expr, list, opt, seq } from "./tree.mjs";
import { Expressions } from "./expressions.mjs";

export class Selects {
  constructor(random) {
    this.random = random;
    this.expressions = new Expressions(random, this);
    this.schema = null;
    this.aliases = 0;
  }

  /** A statement of its own. */
  statement(schema) {
    this.schema = schema;
    this.aliases = 0;
    const { random } = this;
    const width = random.between(1, 4);
    const top = { outer: null, subqueries: random.chance(30) ? 2 : 0 };
    let withs = "";
    if (random.chance(8)) {
      const [name, clause, table] = this.commonTable();
      withs = opt(clause, " ");
      top.extra = [table];
      void name;
    }
    return random.weighted([
      [60, () => this.plain(top, width, withs)],
      [22, () => this.grouped(top, withs)],
      [14, () => this.compound(top, width, withs)],
      [2, () => this.values(width)],
    ])();
  }

  commonTable() {
    const { random } = this;
    const name = `w${++this.aliases}`;
    const width = random.between(1, 3);
    const names = Array.from({ length: width }, (_, i) => `k${i}`);
    const hint = random.chance(20) ? random.pick(["MATERIALIZED ", "NOT MATERIALIZED "]) : "";
    const clause = seq(`WITH ${name}(${names.join(", ")}) AS ${hint}(`, this.simple({ outer: null, subqueries: 0 }, width), ")");
    return [name, clause, { name, columns: names.map((column) => ({ name: column })), rowid: false }];
  }

  // --- FROM ---------------------------------------------------------------------------------

  /**
   * One thing to read from: { tree, columns, keys, heavy }; `keys` name a row of it, or null; `heavy`
   * may have many rows. With `light` only tables.
   */
  source(context, light = false) {
    const { random, schema } = this;
    const tables = light ? schema.tables : context.extra && random.chance(60) ? context.extra : [...schema.tables, ...schema.views];
    const alias = `x${++this.aliases}`;
    if (!light && random.chance(6) && context.subqueries > 0) {
      const width = random.between(1, 3);
      const names = Array.from({ length: width }, (_, i) => `s${i}`);
      const inner = this.namedSimple({ outer: null, subqueries: 0 }, names);
      return { tree: seq("(", inner, `) AS ${alias}`), columns: names.map((name) => ({ ref: `${alias}.${name}`, name })), keys: null, heavy: true };
    }
    const table = random.pick(tables);
    const columns = table.columns.map(({ name }) => ({ ref: `${alias}.${name}`, name }));
    const refs = table.rowid && random.chance(10) ? [...columns, { ref: `${alias}.rowid`, name: "rowid" }] : columns;
    const keys = table.rowid ? [`${alias}.rowid`] : table.primaryKey?.map((name) => `${alias}.${name}`) ?? null;
    return { tree: seq(`${table.name} AS ${alias}`), columns: refs, keys, heavy: !schema.tables.includes(table) };
  }

  /** FROM with joins: { tree, columns, keys }. */
  from(context, most = 3) {
    const { random, expressions } = this;
    const first = this.source(context);
    let columns = first.columns;
    let keys = first.keys;
    const parts = [first.tree];
    let [shares, oneSided] = [false, false];
    const count = random.weighted([[55, 1], [32, 2], [13, 3]]);
    // A view of a view joined with another would have too many rows.
    const joined = first.heavy && context.inView ? 1 : Math.min(count, most);
    let heavy = first.heavy || context.inView;
    for (let i = 1; i < joined; i++) {
      const next = this.source(context, heavy);
      heavy ||= next.heavy;
      const both = [...columns, ...next.columns];
      const scope = { columns: both, outer: null, subqueries: 0 };
      const on = () =>
        random.chance(75)
          ? expr("(", expr(random.pick(columns).ref), ` ${random.pick(["=", "=", "=", "=", "<", "IS"])} `, expr(random.pick(next.columns).ref), ")")
          : expressions.predicate(scope);
      const shared = next.columns.filter(({ name }) => name !== "rowid" && columns.filter((c) => c.name === name).length === 1);
      const kind = random.weighted([[28, "JOIN"], [22, "LEFT JOIN"], [6, "RIGHT JOIN"], [6, "FULL JOIN"], [8, ","], [5, "CROSS JOIN"], [3, "NATURAL JOIN"], [2, "NATURAL LEFT JOIN"], [8, "USING"]]);
      if (kind === "USING" && shared.length > 0) {
        const join = random.pick(["JOIN", "LEFT JOIN", "JOIN", "FULL JOIN", "RIGHT JOIN"]);
        parts.push(opt(` ${join} `, next.tree, ` USING (${random.pick(shared).name})`));
        shares = true;
        oneSided ||= join === "FULL JOIN" || join === "RIGHT JOIN";
      } else if (kind === ",") parts.push(opt(", ", next.tree));
      else if (kind === "CROSS JOIN" || kind.startsWith("NATURAL")) {
        if (kind.startsWith("NATURAL") && columns.some((c, i) => columns.findIndex((d) => d.name === c.name) !== i)) parts.push(opt(", ", next.tree));
        else parts.push(opt(` ${kind} `, next.tree));
        shares ||= kind !== "CROSS JOIN";
      } else {
        const join = kind === "USING" ? "JOIN" : kind;
        oneSided ||= join === "FULL JOIN" || join === "RIGHT JOIN";
        parts.push(opt(` ${join} `, next.tree, " ON ", on()));
      }
      columns = both;
      keys = keys && next.keys ? [...keys, ...next.keys] : null;
    }
    return { tree: seq(...parts), columns, keys, shares, oneSided };
  }

  where(scope, percent = 65) {
    return this.random.chance(percent) ? opt(" WHERE ", this.expressions.predicate(scope)) : "";
  }

  // --- whole queries ------------------------------------------------------------------------

  plain(context, width, withs = "") {
    const { random, expressions } = this;
    const from = this.from(context);
    const scope = { columns: from.columns, outer: context.outer, subqueries: context.subqueries };
    // In SQLite a star over USING or NATURAL beside RIGHT or FULL and a third table may be ambiguous.
    const star = random.chance(8) && !context.outer && !(from.shares && from.oneSided);
    const outputs = star ? ["*"] : Array.from({ length: width }, () => (random.chance(60) ? expr(expressions.leaf(scope)) : expressions.make(scope, 3)));
    const distinct = random.chance(12);
    const head = seq(withs, "SELECT ", distinct ? opt("DISTINCT ") : "", list(outputs), " FROM ", from.tree, this.where(scope));
    const order = this.order(scope, from, outputs, distinct, star);
    return { tree: seq(head, order.tree), columns: star ? null : width, ordered: order.total, loose: distinct || order.limited || withs !== "" };
  }

  /** An expression that reads a column: SQLite takes one that folds to an integer for an ordinal. */
  sortExpression(scope) {
    const { expressions } = this;
    return seq("iif(", expressions.column(scope), " IS NULL, ", expressions.make({ ...scope, subqueries: 0 }, 2), ", ", expressions.column(scope), ")");
  }

  /** ORDER BY, total where LIMIT follows. */
  order(scope, from, outputs, distinct, star) {
    const { random, expressions } = this;
    if (!random.chance(35)) return { tree: "", total: false, limited: false };
    const term = (tree) => seq(tree, random.chance(8) ? opt(` COLLATE ${expressions.collation()}`) : "", random.pick(["", "", " DESC", " ASC"]), random.chance(8) ? opt(random.pick([" NULLS FIRST", " NULLS LAST"])) : "");
    const terms = [];
    const ordinals = star || distinct ? [] : outputs.map((_, i) => String(i + 1));
    if (ordinals.length > 0 && random.chance(40)) terms.push(term(random.pick(ordinals)));
    else if (!distinct) terms.push(term(random.chance(70) ? expressions.column(scope) : this.sortExpression(scope)));
    const keys = distinct ? (star ? null : outputs.map((_, i) => String(i + 1))) : from.keys;
    if (keys === null) return { tree: terms.length > 0 ? opt(" ORDER BY ", list(terms)) : "", total: false, limited: false };
    const total = distinct || random.chance(70);
    if (!total) return { tree: opt(" ORDER BY ", list(terms)), total: false, limited: false };
    const all = list([...terms, ...keys.map((key) => seq(key, random.pick(["", "", " DESC"])))]);
    const limited = random.chance(45);
    // Without its order a LIMIT would mean nothing: they go together, and the keys stay.
    const limit = limited ? ` LIMIT ${random.between(0, 6)}${random.chance(40) ? ` OFFSET ${random.between(0, 3)}` : ""}` : "";
    return { tree: opt(" ORDER BY ", { ...all, min: limited ? all.parts.length : 1 }, limit), total: !distinct && limited, limited };
  }

  grouped(context, withs = "") {
    const { random, expressions } = this;
    const from = this.from(context);
    const scope = { columns: from.columns, outer: context.outer, subqueries: 0 };
    const keys = random.chance(75) ? expressions.times(1, 2, () => (random.chance(75) ? expr(expressions.column(scope)) : expressions.make(scope, 2))) : [];
    const aggregates = expressions.times(1, 3, () => expressions.aggregate(scope));
    const mixed = random.chance(15) ? [expr("(", aggregates[0], ` ${random.pick(["+", "-", "||", "<"])} `, expr(expressions.literal()), ")")] : [];
    const distinct = random.chance(5) ? opt("DISTINCT ") : "";
    const having = keys.length > 0 && random.chance(25) ? opt(" HAVING ", expr("(", expressions.aggregate(scope), ` ${random.pick(["<", ">", "=", "<>"])} `, expr(expressions.literal()), ")")) : "";
    const outputs = [...keys, ...aggregates, ...mixed];
    const group = keys.length > 0 ? seq(" GROUP BY ", list(keys, ", ", keys.length)) : "";
    const order = random.chance(25) ? opt(" ORDER BY ", list(outputs.map((_, i) => `${i + 1}${random.pick(["", " DESC"])}`), ", ", outputs.length)) : "";
    return { tree: seq(withs, "SELECT ", distinct, list(outputs, ", ", order === "" ? 1 : outputs.length), " FROM ", from.tree, this.where(scope), group, having, order), columns: outputs.length, ordered: false, loose: true };
  }

  compound(context, width, withs = "") {
    const { random } = this;
    const arms = [this.simple(context, width)];
    let all = true;
    const more = random.between(1, 2);
    for (let i = 0; i < more; i++) {
      const operator = random.weighted([[4, "UNION ALL"], [4, "UNION"], [2, "INTERSECT"], [2, "EXCEPT"]]);
      if (operator !== "UNION ALL") all = false;
      arms.push(opt(` ${operator} `, random.chance(8) ? this.valuesList(width, 1) : this.simple(context, width)));
    }
    const ordered = random.chance(25);
    const order = ordered ? opt(" ORDER BY ", list(Array.from({ length: width }, (_, i) => `${i + 1}${random.pick(["", " DESC"])}`), ", ", width), random.chance(40) ? ` LIMIT ${random.between(0, 8)}` : "") : "";
    return { tree: seq(withs, ...arms, order), columns: width, ordered: false, loose: !all || ordered || withs !== "" };
  }

  valuesList(width, most = 3) {
    const { random, expressions } = this;
    const row = () => seq("(", list(Array.from({ length: width }, () => expr(expressions.literal())), ", ", width), ")");
    return seq("VALUES ", list(expressions.times(1, most, row)));
  }

  values(width) {
    return { tree: this.valuesList(width), columns: width, ordered: true, loose: false };
  }

  // --- parts of others ----------------------------------------------------------------------

  /**
   * SELECT of `width` columns without ORDER BY and LIMIT. context.outer may be in scope. `plus` keeps
   * it from being read off an index.
   */
  simple(context, width, plus = false) {
    const { random, expressions } = this;
    const from = this.from(context, 2);
    const scope = { columns: from.columns, outer: context.outer, subqueries: context.subqueries };
    const outputs = Array.from({ length: width }, () => (random.chance(75) ? expr(random.chance(90) ? expressions.column(scope) : expressions.leaf(scope)) : expressions.make(scope, 2)));
    const shown = plus ? outputs.map((output) => seq("+", output)) : outputs;
    return seq("SELECT ", random.chance(8) ? opt("DISTINCT ") : "", list(shown, ", ", width), " FROM ", from.tree, this.where(scope, 60));
  }

  namedSimple(context, names) {
    const { random, expressions } = this;
    const from = this.from(context, 2);
    const scope = { columns: from.columns, outer: context.outer, subqueries: 0 };
    const outputs = names.map((name) => seq(random.chance(70) ? expr(expressions.column(scope)) : expressions.make(scope, 2), ` AS ${name}`));
    return seq("SELECT ", random.chance(10) ? opt("DISTINCT ") : "", list(outputs, ", ", names.length), " FROM ", from.tree, this.where(scope, 50));
  }

  /** SELECT that gives one value. */
  scalar(context) {
    const { random, expressions } = this;
    const from = this.from(context, 2);
    const scope = { columns: from.columns, outer: context.outer, subqueries: 0 };
    if (random.chance(65) || from.keys === null) return seq("SELECT ", expressions.aggregate(scope), " FROM ", from.tree, this.where(scope, 80));
    return seq("SELECT ", expr(expressions.column(scope)), " FROM ", from.tree, this.where(scope, 60), ` ORDER BY ${from.keys.join(", ")} LIMIT 1`);
  }
}
