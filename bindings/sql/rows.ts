import type { SqlRow, SqlValue } from "./value.ts";

/**
 * Rows from a flat array of values. Building objects is most of what a wide result costs, and there
 * is no `eval` in workerd to compile a literal per statement; one store per column position, each
 * with its own inline cache, is the fastest way we measured (6 columns: 15 ns while a program has
 * few statements, 57 ns with many; a loop over the names takes 105 ns, Object.fromEntries 430 ns).
 * Of columns with one name the last wins. Rows `first` to `rows` - 1 are appended to `out`.
 */
export function appendObjects(
  names: readonly string[],
  values: readonly SqlValue[],
  first: number,
  rows: number,
  out: SqlRow[],
): void {
  const n = names.length;
  const n0 = names[0];
  const n1 = names[1];
  const n2 = names[2];
  const n3 = names[3];
  const n4 = names[4];
  const n5 = names[5];
  const n6 = names[6];
  const n7 = names[7];
  for (let r = first, v = first * n; r < rows; r++, v += n) {
    const o: SqlRow = {};
    out.push(o);
    if (n === 0) continue;
    o[n0] = values[v];
    if (n === 1) continue;
    o[n1] = values[v + 1];
    if (n === 2) continue;
    o[n2] = values[v + 2];
    if (n === 3) continue;
    o[n3] = values[v + 3];
    if (n === 4) continue;
    o[n4] = values[v + 4];
    if (n === 5) continue;
    o[n5] = values[v + 5];
    if (n === 6) continue;
    o[n6] = values[v + 6];
    if (n === 7) continue;
    o[n7] = values[v + 7];
    for (let c = 8; c < n; c++) o[names[c]] = values[v + c];
  }
}

/** The same for names among which is `__proto__`: a plain store would set the prototype. */
export function appendDefined(
  names: readonly string[],
  values: readonly SqlValue[],
  first: number,
  rows: number,
  out: SqlRow[],
): void {
  const n = names.length;
  for (let r = first, v = first * n; r < rows; r++, v += n) {
    const row: SqlRow = {};
    for (let c = 0; c < n; c++) {
      Object.defineProperty(row, names[c], {
        value: values[v + c],
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    out.push(row);
  }
}

export function appendArrays(
  columns: number,
  values: readonly SqlValue[],
  first: number,
  rows: number,
  out: SqlValue[][],
): void {
  for (let r = first, v = first * columns; r < rows; r++, v += columns)
    out.push(values.slice(v, v + columns));
}
