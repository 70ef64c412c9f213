// Values of rows as typed text: n | i:INT | r:REAL | t:TEXT | b:HEX, and when two are the same.

export function typed(value) {
  if (value === null || value === undefined) return "n";
  if (typeof value === "bigint") return `i:${value}`;
  if (typeof value === "number") return `r:${Object.is(value, -0) ? 0 : value}`;
  if (typeof value === "string") return `t:${value}`;
  return `b:${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("hex")}`;
}

export const typedRows = (rows) => rows.map((row) => row.map(typed));

const LONG_REAL = /-?\d+\.\d{10,}(e[+-]?\d+)?/gi;
const TIME = /^t:(\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d$/;

/** Reals at 1e-12 relative; reals inside text at 14 digits; `clock` lets times of now differ. */
export function sameValue(a, b, clock = false) {
  if (a === b) return true;
  if (a[0] === "r" && b[0] === "r") {
    const [x, y] = [Number(a.slice(2)), Number(b.slice(2))];
    return x === y || Math.abs(x - y) <= 1e-12 * Math.max(Math.abs(x), Math.abs(y));
  }
  if (a[0] === "t" && b[0] === "t") {
    if (clock && TIME.test(a) && TIME.test(b)) return true;
    const short = (text) => text.replace(LONG_REAL, (digits) => Number(digits).toPrecision(14));
    return short(a) === short(b);
  }
  return false;
}

export const sameRows = (a, b, clock = false) =>
  a.length === b.length && a.every((row, i) => row.length === b[i].length && row.every((value, j) => sameValue(value, b[i][j], clock)));

export const sortedRows = (rows) =>
  rows.map((row) => [row.join("\u0001"), row]).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, row]) => row);
