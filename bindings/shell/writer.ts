import type { Value } from "./connection.ts";
import { cellText } from "./cell-text.ts";
import { writeBox, writeColumns, writeMarkdown, writeTable } from "./drawn-table.ts";

export const MODES = ["box", "column", "csv", "json", "line", "list", "markdown", "table"] as const;
export type Mode = (typeof MODES)[number];

export interface Format {
  mode: Mode;
  /** Column names first; null: as the mode likes it. */
  headers: boolean | null;
  /** For NULL; null: as the mode likes it. */
  nullText: string | null;
  /** Between the values of list mode. */
  separator: string;
}

/** A result being written: `rows` as often as rows come, `end` once. */
export interface ResultWriter {
  rows(rows: readonly Value[][]): void;
  end(): void;
}

type Write = (text: string) => void;

export function openWriter(format: Format, columns: readonly string[], write: Write): ResultWriter {
  const { mode, headers, separator } = format;
  const nullText = format.nullText ?? (isDrawn(mode) || mode === "line" ? "NULL" : "");
  const texts = (row: readonly Value[]): string[] => row.map((value) => cellText(value, nullText));
  switch (mode) {
    case "list":
      return byLine(write, headers ?? false, columns, (row) => row.join(separator), texts, "\n");
    case "csv":
      return byLine(
        write,
        headers ?? false,
        columns,
        (row) => row.map(csvCell).join(","),
        texts,
        "\r\n",
      );
    case "line":
      return lines(columns, write, texts);
    case "json":
      return json(columns, write);
    default:
      return drawn(mode, headers ?? true, columns, write, texts);
  }
}

const isDrawn = (mode: Mode): boolean =>
  mode === "box" || mode === "column" || mode === "table" || mode === "markdown";

function byLine(
  write: Write,
  headers: boolean,
  columns: readonly string[],
  line: (cells: readonly string[]) => string,
  texts: (row: readonly Value[]) => string[],
  end: string,
): ResultWriter {
  if (headers) write(line(columns) + end);
  return {
    rows: (rows) => write(rows.map((row) => line(texts(row)) + end).join("")),
    end: () => {},
  };
}

const csvCell = (text: string): string =>
  /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

function lines(
  columns: readonly string[],
  write: Write,
  texts: (row: readonly Value[]) => string[],
): ResultWriter {
  const width = Math.max(5, ...columns.map((name) => name.length));
  let first = true;
  return {
    rows: (rows) => {
      for (const row of rows) {
        if (!first) write("\n");
        first = false;
        texts(row).forEach((text, i) => write(`${columns[i].padStart(width)} = ${text}\n`));
      }
    },
    end: () => {},
  };
}

function json(columns: readonly string[], write: Write): ResultWriter {
  const names = columns.map((name) => JSON.stringify(name));
  let any = false;
  return {
    rows: (rows) => {
      for (const row of rows) {
        const members = row.map((value, i) => `${names[i]}:${jsonCell(value)}`);
        write(`${any ? ",\n" : "["}{${members.join(",")}}`);
        any = true;
      }
    },
    end: () => {
      if (any) write("]\n");
    },
  };
}

function jsonCell(value: Value): string {
  switch (typeof value) {
    case "number":
      return Number.isFinite(value) ? cellText(value, "") : value > 0 ? "9e999" : "-9e999";
    case "bigint":
      return String(value);
    case "string":
      return JSON.stringify(value);
    default:
      return value === null ? "null" : JSON.stringify(Buffer.from(value).toString("hex"));
  }
}

const DRAW = { box: writeBox, table: writeTable, markdown: writeMarkdown, column: writeColumns };

// Widths need all rows.
function drawn(
  mode: keyof typeof DRAW,
  headers: boolean,
  columns: readonly string[],
  write: Write,
  texts: (row: readonly Value[]) => string[],
): ResultWriter {
  const all: string[][] = [];
  const numeric = columns.map(() => true);
  return {
    rows: (rows) => {
      for (const row of rows) {
        row.forEach((value, i) => {
          if (value !== null && typeof value !== "number" && typeof value !== "bigint") {
            numeric[i] = false;
          }
        });
        all.push(texts(row));
      }
    },
    end: () => {
      if (all.length > 0) DRAW[mode]({ columns, rows: all, numeric, headers }, write);
    },
  };
}
