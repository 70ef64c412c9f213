// Random values and expressions over the columns in scope.
//
// What SQLite leaves open is not made: text with NUL or broken UTF-8, transcendental functions
// unrounded, group_concat's order. Nor are oddities of its own: `x IS (y IN ())` is read as IS FALSE;
// in VALUES of several rows `5 IS TRUE` is 0; `x IN (SELECT y ...)` overlooks a NULL in an index on y
// DESC; a write of several rows into a STRICT table that meets a wrong type keeps the rows before.
import { expr, list, opt, seq, render } from "./tree.mjs";

const INTEGERS = ["0", "1", "1", "2", "3", "4", "5", "7", "-1", "-2", "10", "100"];
const EXTREMES = ["9223372036854775807", "-9223372036854775808", "2147483648", "-2147483649", "4611686018427387904", "9007199254740993", "1e15", "1e300", "0x7f", "-0.0"];
const REALS = ["0.5", "-1.25", "2.75", "0.1", "1e-3", "3.5", "-0.5", "10.5"];
const TEXTS = ["''", "'a'", "'A'", "'b'", "'ab'", "'Ab'", "'abc'", "'b '", "'10'", "'1'", "'2'", "'1.0'", "'-5'", "'1e2'", "' 3'", "'4x'", "'0.5'", "'é'", "'x''y'", "'a%'", "'zeta'"];
const BLOBS = ["x''", "x'61'", "x'6162'", "x'3132'", "x'31'"];
const COLLATIONS = ["BINARY", "NOCASE", "NOCASE", "RTRIM"];
const TYPES = ["INTEGER", "REAL", "TEXT", "NUMERIC", "BLOB", "INT", "VARCHAR(5)"];
const PATTERNS = ["'a%'", "'%b'", "'_b%'", "'%'", "'A_'", "'1%'", "''", "'%é%'", "'x''%'"];
const GLOBS = ["'a*'", "'*b'", "'[a-c]*'", "'?b*'", "'*'", "'[^a]*'", "'1*'"];
const FORMATS = ["'%d'", "'%5d|'", "'%-4d|'", "'%05d'", "'%+d'", "'%,d'", "'%.2f'", "'%8.3f'", "'%g'", "'%e'", "'%s'", "'%10s|'", "'%-6s|'", "'%.2s'", "'%x'", "'%X'", "'%o'", "'%q'", "'%Q'", "'%c'", "'%%%d'", "'%!g'", "'%.3g'", "'%w'", "'% d'", "'%#x'", "'%i'", "'%u'"];

const FUNCTIONS = [
  // name, fewest arguments, most
  ["abs", 1, 1], ["coalesce", 2, 4], ["ifnull", 2, 2], ["nullif", 2, 2], ["iif", 3, 3], ["instr", 2, 2],
  ["length", 1, 1], ["lower", 1, 1], ["upper", 1, 1], ["ltrim", 1, 2], ["rtrim", 1, 2], ["trim", 1, 2],
  ["max", 2, 3], ["min", 2, 3], ["quote", 1, 1], ["replace", 3, 3], ["round", 1, 2], ["sign", 1, 1],
  ["substr", 2, 3], ["substring", 3, 3], ["typeof", 1, 1], ["unicode", 1, 1], ["hex", 1, 1], ["concat", 1, 3],
  ["concat_ws", 2, 4], ["octet_length", 1, 1], ["likely", 1, 1], ["unlikely", 1, 1], ["if", 3, 3],
];
const ROUNDED = ["sqrt", "exp", "ln", "log10", "log2", "sin", "cos", "tan", "atan", "asinh", "degrees", "radians"];
const EXACT_MATH = ["ceil", "floor", "trunc", "ceiling"];

export const COMPARISONS = ["=", "<", "<=", ">", ">=", "<>", "!=", "==", "IS", "IS NOT", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"];

export class Expressions {
  /** `selects` makes the subqueries. */
  constructor(random, selects) {
    this.random = random;
    this.selects = selects;
  }

  literal() {
    const { random } = this;
    return random.weighted([
      [34, () => random.pick(INTEGERS)],
      [12, () => random.pick(REALS)],
      [28, () => random.pick(TEXTS)],
      [6, () => random.pick(BLOBS)],
      [9, () => "NULL"],
      [3, () => random.pick(EXTREMES)],
    ])();
  }

  /** A value as a column of declared type `type` mostly holds. */
  valueFor(column) {
    const { random } = this;
    if (random.chance(10) && !column.notNull) return "NULL";
    if (random.chance(column.strict ? 2 : 12)) return this.literal();
    switch (column.affinity) {
      case "INTEGER":
        return random.pick(INTEGERS);
      case "REAL":
        return random.pick(REALS);
      case "TEXT":
        return random.pick(TEXTS);
      case "BLOB":
        return column.strict || random.chance(30) ? random.pick(BLOBS) : random.pick([random.pick(INTEGERS), random.pick(TEXTS), random.pick(REALS)]);
      default:
        return random.pick([random.pick(INTEGERS), random.pick(REALS), random.pick(INTEGERS)]);
    }
  }

  column(scope) {
    const all = scope.columns;
    return all.length === 0 ? this.literal() : this.random.pick(all).ref;
  }

  /** scope: { columns: [{ ref }], outer: scope | null, subqueries: number } */
  make(scope, depth = 3) {
    const { random } = this;
    if (depth <= 0 || random.chance(22)) return expr(this.leaf(scope));
    const sub = () => this.make(scope, depth - 1);
    return random.weighted([
      [14, () => expr("(", sub(), ` ${random.pick(COMPARISONS)} `, sub(), ")")],
      [12, () => expr("(", sub(), ` ${random.pick(["+", "-", "*", "/", "%", "+", "-"])} `, sub(), ")")],
      [3, () => expr("(", sub(), ` ${random.pick(["&", "|", "<<", ">>"])} `, sub(), ")")],
      [5, () => expr("(", sub(), " || ", sub(), ")")],
      [8, () => expr("(", sub(), ` ${random.pick(["AND", "OR"])} `, sub(), ")")],
      [3, () => expr(`(${random.pick(["-", "+", "~", "NOT "])}`, sub(), ")")],
      [3, () => expr("(", sub(), ` ${random.pick(scope.columns.length > 0 ? ["ISNULL", "NOTNULL", "IS NULL", "IS NOT NULL", "IS TRUE", "IS NOT FALSE"] : ["ISNULL", "NOTNULL"])})`)],
      [3, () => expr("(", sub(), ` COLLATE ${random.pick(COLLATIONS)})`)],
      [4, () => expr("(", sub(), `${this.not()} BETWEEN `, sub(), " AND ", sub(), ")")],
      [5, () => expr("(", sub(), `${this.not()} IN (`, list(this.times(1, 4, sub)), "))")],
      [3, () => this.like(sub)],
      [5, () => this.caseOf(sub)],
      [5, () => expr("CAST(", sub(), ` AS ${random.pick(TYPES)})`)],
      [14, () => this.call(sub)],
      [2, () => this.rowValue(sub)],
      [5, () => (scope.subqueries > 0 ? this.subquery(scope, sub) : expr(this.column(scope)))],
    ])();
  }

  leaf(scope) {
    const { random } = this;
    if (scope.outer && random.chance(25)) return this.column(scope.outer);
    return random.chance(65) ? this.column(scope) : this.literal();
  }

  /** Mostly of the simple kind that an index can serve. */
  predicate(scope) {
    const { random } = this;
    const column = () => expr(this.column(scope));
    const value = () => expr(scope.outer && random.chance(30) ? this.column(scope.outer) : this.literal());
    return random.weighted([
      [30, () => expr("(", column(), ` ${random.pick(COMPARISONS)} `, value(), ")")],
      [8, () => expr("(", column(), " IN (", list(this.times(1, 5, value)), "))")],
      [6, () => expr("(", column(), " BETWEEN ", value(), " AND ", value(), ")")],
      [5, () => expr("(", column(), ` ${random.pick(["=", "<", "="])} `, column(), ")")],
      [4, () => expr("(", column(), ` LIKE ${random.pick(PATTERNS)})`)],
      [4, () => expr("(", column(), ` ${random.pick(["IS NULL", "IS NOT NULL"])})`)],
      [10, () => expr("(", this.predicate(scope), " AND ", this.predicate(scope), ")")],
      [7, () => expr("(", this.predicate(scope), " OR ", this.predicate(scope), ")")],
      [3, () => expr("(NOT ", this.predicate(scope), ")")],
      [4, () => (scope.subqueries > 0 ? this.subquery(scope, column) : this.make(scope, 2))],
      [20, () => this.make(scope, 3)],
    ])();
  }

  not() {
    return this.random.chance(25) ? " NOT" : "";
  }

  times(low, high, make) {
    return Array.from({ length: this.random.between(low, high) }, make);
  }

  like(sub) {
    const { random } = this;
    if (random.chance(30)) return expr("(", sub(), `${this.not()} GLOB ${random.pick(GLOBS)})`);
    const escape = random.chance(15) ? " ESCAPE '%'" : "";
    return expr("(", sub(), `${this.not()} LIKE ${random.pick(PATTERNS)}${escape})`);
  }

  caseOf(sub) {
    const base = this.random.chance(40) ? opt(" ", sub()) : "";
    const arms = list(this.times(1, 3, () => seq(" WHEN ", sub(), " THEN ", sub())), "");
    const other = this.random.chance(60) ? opt(" ELSE ", sub()) : "";
    return expr("CASE", base, arms, other, " END");
  }

  call(sub) {
    const { random } = this;
    return random.weighted([
      [80, () => {
        const [name, low, high] = random.pick(FUNCTIONS);
        return expr(`${name}(`, list(this.times(low, high, sub), ", ", low), ")");
      }],
      [6, () => expr("printf(", random.pick(FORMATS), ", ", sub(), ")")],
      [5, () => expr(`round(${random.pick(ROUNDED)}(`, sub(), "), 6)")],
      [4, () => expr(`${random.pick(EXACT_MATH)}(`, sub(), ")")],
      [2, () => expr(`char(${random.between(65, 122)}, ${random.between(65, 122)})`)],
      [2, () => expr("unhex(hex(", sub(), "))")],
      [1, () => expr("round(pow(", sub(), ", 2), 3)")],
    ])();
  }

  rowValue(sub) {
    const { random } = this;
    const pair = () => seq("(", sub(), ", ", sub(), ")");
    return random.chance(70) ? expr("(", pair(), ` ${random.pick(["=", "<", "<=", ">", "<>", "IS"])} `, pair(), ")") : expr("(", pair(), " BETWEEN ", pair(), " AND ", pair(), ")");
  }

  subquery(scope, sub) {
    const { random, selects } = this;
    const inner = { outer: random.chance(60) ? scope : null, subqueries: scope.subqueries - 1 };
    return random.weighted([
      [4, () => expr("(", selects.scalar(inner), ")")],
      [4, () => expr("(", sub(), `${this.not()} IN (`, selects.simple(inner, 1, selects.schema.descending), "))")],
      [4, () => expr(`(${random.chance(30) ? "NOT " : ""}EXISTS (`, selects.simple(inner, random.between(1, 2)), "))")],
      [1, () => expr("((", sub(), ", ", sub(), `)${this.not()} IN (`, selects.simple(inner, 2, selects.schema.descending), "))")],
    ])();
  }

  /** An aggregate of expressions over `scope`. */
  aggregate(scope) {
    const { random } = this;
    const argument = () => this.make({ ...scope, subqueries: 0 }, 1);
    const distinct = random.chance(15) ? opt("DISTINCT ") : "";
    const filter = random.chance(8) ? opt(" FILTER (WHERE ", this.predicate({ ...scope, subqueries: 0 }), ")") : "";
    const call = random.weighted([
      [4, () => seq("count(*)", filter)],
      [4, () => seq("count(", distinct, argument(), ")", filter)],
      [5, () => seq("sum(", distinct, argument(), ")", filter)],
      [2, () => seq("total(", argument(), ")", filter)],
      [3, () => seq("avg(", distinct, argument(), ")", filter)],
      [4, () => seq("min(", argument(), ")", filter)],
      [4, () => seq("max(", argument(), ")", filter)],
      [1, () => seq("length(group_concat(", argument(), "))")],
    ])();
    // Over outer columns alone it would be the outer query's, and what stands beside it there bare.
    const text = render(call);
    const own = scope.columns.some(({ ref }) => text.includes(ref));
    return own || !/\bx\d+\./.test(text) ? expr(call) : expr("count(*)");
  }

  collation() {
    return this.random.pick(COLLATIONS);
  }
}
