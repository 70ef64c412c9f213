// Random calls of functions, casts and comparisons, answered by this engine and by node:sqlite. The
// seed is printed; FUNCTIONS_SEED repeats a run, FUNCTIONS_COUNT makes it longer.
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import Database from "../../bindings/node/index.ts";

const seed = Number(process.env["FUNCTIONS_SEED"] ?? Date.now() % 1_000_000_000);
const count = Number(process.env["FUNCTIONS_COUNT"] ?? 20_000);

// xorshift64
let state = BigInt(seed) * 2654435761n + 88172645463325252n;
function below(n: number): number {
  const mask = (1n << 64n) - 1n;
  state ^= (state << 13n) & mask;
  state ^= state >> 7n;
  state ^= (state << 17n) & mask;
  return Number(state >> 11n) % n;
}
const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
const repeat = (n: number, make: () => string) => Array.from({ length: n }, make).join("");
const quoted = (s: string) => `'${s.replaceAll("'", "''")}'`;

const reals =
  "0.0 -0.0 0.5 -0.5 1.5 2.5 0.1 1e15 1e16 1e17 1e18 9.5 9e999 -9e999 0.285 1.005 9223372036854775807.0 " +
  "1e-5 5e-324 1.7976931348623157e308 2.2250738585072014e-308 28095e13 763.680";
const integers = "0 1 -1 9223372036854775807 -9223372036854775808 9007199254740993 4294967296";
const texts = [
  ..."abc|ABC| 12 |12abc|0x10|1e5|1e400|-1e400|5.5e1x|9223372036854775808|.5|5.|+7|--7|1e|1e+|inf|1_000|-0|.|+|é😀|41".split(
    "|",
  ),
  "",
  "123456789012345678901234567890",
  "0.1e-400",
  "9.792487036146008375698e118",
];
const letters = [..."abABx12.-+eE %_*?[]^'é😀\\"];

const real = () =>
  pick([
    () => pick(reals.split(" ")),
    () => `${(below(2000001) - 1000000) / pick([10, 100, 1000])}e0`,
    () => ((below(1e9) / 1e9) * 10 ** (below(600) - 300)).toExponential(),
    () => (below(1e9) / pick([2, 8, 100, 1e4])).toFixed(3),
  ])();
const integer = () =>
  pick([
    () => pick(integers.split(" ")),
    () => `${below(200) - 100}`,
    () => `${below(2e9) - 1e9}`,
  ])();
const text = () => quoted(pick([() => pick(texts), () => repeat(below(8), () => pick(letters))])());
const blob = () => `x'${pick(["", "31", "3132", "00", "61c3a9", "ff", "310032"])}'`;
const value = () => pick([() => "NULL", integer, integer, real, real, text, text, blob])();
const number = () => pick([integer, real, real, text])();
const small = () => pick([() => `${below(20) - 8}`, () => `${below(20) - 8}`, value])();
const maybe = (s: () => string) => (below(2) ? `, ${s()}` : "");

const conversion = () =>
  "%" +
  repeat(below(3), () => pick([..."-+ #0,!"])) +
  pick(["", "", "5", "12", "30"]) +
  (below(2) ? `.${pick(["0", "1", "2", "5", "10", "15", "16", "17", "18", "20", "25"])}` : "") +
  pick([..."ddiuxXofffeeEgggGsszqQwc%prn"]);
const format = () => quoted(repeat(1 + below(2), () => pick(["", "a"]) + conversion()) + "|");
const pattern = () =>
  quoted(
    repeat(below(7), () =>
      pick(["a", "b", "A", "%", "_", "*", "?", "[a-c]", "[^b]", "é", "[", "]", "-", "\\"]),
    ),
  );
const subject = () => quoted(repeat(below(9), () => pick([..."abAcBéÉ-[]%_\\*"])));

const makers: readonly (() => string)[] = [
  () =>
    `${pick(["abs", "sign", "hex", "quote", "unistr_quote", "unicode", "typeof", "length", "octet_length", "upper", "lower"])}(${value()})`,
  () => `round(${number()}${maybe(small)})`,
  () => `substr(${value()}, ${small()}${maybe(small)})`,
  () => `instr(${value()}, ${value()})`,
  () => `replace(${value()}, ${value()}, ${value()})`,
  () => `${pick(["trim", "ltrim", "rtrim"])}(${value()}${maybe(value)})`,
  () => `hex(unhex(${value()}${maybe(value)}))`,
  () => `hex(char(${integer()}, ${below(1200000)}))`,
  () =>
    `${pick(["min", "max", "coalesce", "concat", "concat_ws"])}(${value()}, ${value()}, ${value()})`,
  () => `${pick(["iif", "if"])}(${value()}, ${value()}${maybe(value)})`,
  () => `nullif(${value()}, ${value()})`,
  () => `${pick(["printf", "format"])}(${format()}, ${value()}, ${value()})`,
  () =>
    `printf('%${pick(["", "!", "#", "+", ","])}${pick(["", "0"])}.${below(22)}${pick(["f", "e", "g"])}', ${real()})`,
  () =>
    `${subject()} ${pick(["LIKE", "NOT LIKE"])} ${pattern()}${below(3) ? "" : ` ESCAPE ${quoted(pick(["\\", "a", "%", "é"]))}`}`,
  () => `${subject()} GLOB ${pattern()}`,
  () => `${pick(["ceil", "floor", "trunc", "sqrt", "degrees", "radians"])}(${number()})`,
  () => `mod(${number()}, ${number()})`,
  () =>
    `CAST(${value()} AS ${pick(["INTEGER", "REAL", "TEXT", "NUMERIC", "BLOB", "DECIMAL(10,5)", "BOOLEAN"])})`,
  () =>
    `${value()} ${pick(["+", "-", "*", "/", "%", "||", "&", "|", "<<", ">>", "=", "<", ">=", "<>", "IS"])} ${value()}`,
  () =>
    `CAST(${value()} AS ${pick(["INTEGER", "TEXT", "REAL"])}) ${pick(["=", "<", ">"])} ${value()}`,
  () => `${pick(["-", "+", "~", "NOT "])}(${value()})`,
  () =>
    `${pick(["sum", "total", "avg", "min", "max", "count", "group_concat", "median"])}(${value()})`,
];

function show(v: unknown): string {
  if (v === null) return "NULL";
  if (typeof v === "bigint") return `integer ${v}`;
  if (typeof v === "number") return `real ${v === 0 ? 0 : v}`;
  return typeof v === "string"
    ? `text ${v}`
    : `blob ${Buffer.from(v as Uint8Array).toString("hex")}`;
}

it("answers as SQLite does", () => {
  console.log(`FUNCTIONS_SEED=${seed}`);
  const sqlite = new DatabaseSync(":memory:");
  const dosql = new Database();
  const differences: string[] = [];
  for (let i = 0; i < count && differences.length < 5; i++) {
    const expression = pick(makers)();
    const sql = `SELECT ${below(8) ? expression : `typeof(${expression})`}`;
    let expected: string, got: string;
    try {
      const statement = sqlite.prepare(sql);
      statement.setReadBigInts(true);
      expected = show(Object.values(statement.get() ?? {})[0]);
    } catch (e) {
      expected = `error ${(e as Error).message}`;
    }
    try {
      got = show((dosql.prepare(sql).safeIntegers(true).raw().get() as unknown[])[0]);
    } catch (e) {
      got = `error ${(e as Error).message}`;
    }
    if (got !== expected) differences.push(`${sql}\n  SQLite: ${expected}\n  DoSQL:  ${got}`);
  }
  dosql.close();
  expect(differences, `FUNCTIONS_SEED=${seed}`).toEqual([]);
}, 60_000);
