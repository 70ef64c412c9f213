import { printable } from "./cell-text.ts";
import { padEnd, padStart, textWidth } from "./text-width.ts";

export interface Table {
  columns: readonly string[];
  rows: readonly (readonly string[])[];
  /** Which columns hold numbers only: they stand to the right. */
  numeric: readonly boolean[];
  headers: boolean;
}

type Write = (text: string) => void;

/** Lines of a row's cells, each as wide as its column; a cell of several lines gives several. */
function* laidOut(cells: readonly string[], widths: readonly number[], right: readonly boolean[]) {
  const parts = cells.map((cell) => cell.split("\n"));
  const height = Math.max(...parts.map((lines) => lines.length));
  for (let y = 0; y < height; y++) {
    yield parts.map((lines, i) => (right[i] ? padStart : padEnd)(lines[y] ?? "", widths[i]));
  }
}

const tabs = (text: string): string => printable(text).replaceAll("\t", "    ");

function prepare(table: Table) {
  const columns = table.columns.map(tabs);
  const rows = table.rows.map((row) => row.map(tabs));
  const widths = columns.map((name, i) => {
    let width = table.headers ? widest(name) : 1;
    for (const row of rows) width = Math.max(width, widest(row[i]));
    return width;
  });
  return { columns, rows, widths };
}

const widest = (cell: string): number =>
  cell.includes("\n") ? Math.max(...cell.split("\n").map(textWidth)) : textWidth(cell);

/** A table between rules; `rule` gives the three of them. */
function ruled(table: Table, write: Write, bar: string, rule: (w: number[]) => string[]): void {
  const { columns, rows, widths } = prepare(table);
  const [top, middle, bottom] = rule(widths);
  const line = (cells: readonly string[]): string => `${bar} ${cells.join(` ${bar} `)} ${bar}\n`;
  write(top);
  if (table.headers) {
    for (const cells of laidOut(columns, widths, table.numeric)) write(line(cells));
    write(middle);
  }
  let text = "";
  for (const row of rows) {
    for (const cells of laidOut(row, widths, table.numeric)) text += line(cells);
  }
  write(text + bottom);
}

export function writeBox(table: Table, write: Write): void {
  ruled(table, write, "│", (widths) => {
    const rule = (left: string, cross: string, right: string): string =>
      `${left}${widths.map((w) => "─".repeat(w + 2)).join(cross)}${right}\n`;
    return [rule("┌", "┬", "┐"), rule("├", "┼", "┤"), rule("└", "┴", "┘")];
  });
}

export function writeTable(table: Table, write: Write): void {
  ruled(table, write, "|", (widths) => {
    const rule = `+${widths.map((w) => "-".repeat(w + 2)).join("+")}+\n`;
    return [rule, rule, rule];
  });
}

export function writeMarkdown(table: Table, write: Write): void {
  const plain = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", "<br>");
  const escaped = {
    ...table,
    headers: true,
    columns: table.columns.map(plain),
    rows: table.rows.map((row) => row.map(plain)),
  };
  ruled(escaped, write, "|", (widths) => {
    const dashes = widths.map((w, i) =>
      table.numeric[i] ? `${"-".repeat(w + 1)}:` : "-".repeat(w + 2),
    );
    return ["", `|${dashes.join("|")}|\n`, ""];
  });
}

export function writeColumns(table: Table, write: Write): void {
  const { columns, rows, widths } = prepare(table);
  const line = (cells: readonly string[]): string => `${cells.join("  ").trimEnd()}\n`;
  if (table.headers) {
    for (const cells of laidOut(columns, widths, table.numeric)) write(line(cells));
    write(line(widths.map((w) => "-".repeat(w))));
  }
  let text = "";
  for (const row of rows) {
    for (const cells of laidOut(row, widths, table.numeric)) text += line(cells);
  }
  write(text);
}
