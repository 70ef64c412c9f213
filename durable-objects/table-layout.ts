/** How the files of a stream's table shall be laid out; what is not said stays as it is. */
export interface LayoutOptions {
  /** `kind`, `day(at)`, `bucket(16, id)`, `truncate(4, name)`, also year, month, hour; []: no partitions. */
  partitionBy?: string[];
  /** The same, each with `asc` or `desc`, `nulls first` or `nulls last` behind it; []: no order. */
  sortBy?: string[];
}

interface Term {
  column: string;
  /** As Iceberg writes it. */
  transform: string;
  direction: "asc" | "desc";
  nullOrder: "nulls-first" | "nulls-last";
}

const TERM =
  /^\s*(?:(bucket|truncate)\s*\(\s*([1-9]\d{0,8})\s*,\s*(.+?)\s*\)|(year|month|day|hour)s?\s*\(\s*(.+?)\s*\)|([^()]+?))\s*$/i;
const ORDER = /^(.*?)(?:\s+(asc|desc))?(?:\s+nulls\s+(first|last))?\s*$/is;

function termOf(text: string, sorts: boolean): Term {
  const [, rest, direction, nulls] = sorts ? ORDER.exec(text)! : [text, text];
  const term = TERM.exec(rest);
  if (term === null)
    throw new TypeError(
      `${text} is no column, nor one within day(...), bucket(16, ...) or the like`,
    );
  const [, counted, count, countedColumn, time, timeColumn, plain] = term;
  const descending = direction?.toLowerCase() === "desc";
  const last = nulls === undefined ? descending : nulls.toLowerCase() === "last";
  return {
    column: countedColumn ?? timeColumn ?? plain,
    transform:
      counted !== undefined
        ? `${counted.toLowerCase()}[${count}]`
        : (time?.toLowerCase() ?? "identity"),
    direction: descending ? "desc" : "asc",
    nullOrder: last ? "nulls-last" : "nulls-first",
  };
}

/** Throws a TypeError for what is no layout. */
export function checkLayout({ partitionBy, sortBy }: LayoutOptions): void {
  partitionBy?.forEach((text) => termOf(text, false));
  sortBy?.forEach((text) => termOf(text, true));
}

interface TableSchema {
  "schema-id": number;
  fields: { id: number; name: string }[];
}

/** Of a table's metadata. */
export function currentSchema(metadata: string): TableSchema {
  const facts = JSON.parse(metadata) as {
    "current-schema-id": number;
    schemas: TableSchema[];
  };
  return facts.schemas.find((s) => s["schema-id"] === facts["current-schema-id"])!;
}

/** Of the body of a commit that makes a table. */
export function newSchema(body: string): TableSchema {
  const { updates } = JSON.parse(body) as { updates: { action: string; schema: TableSchema }[] };
  return updates.find(({ action }) => action === "add-schema")!.schema;
}

/** The updates of a commit that lays the table out so. Throws a TypeError for a column that is not there. */
export function layoutUpdates(
  schema: TableSchema,
  { partitionBy, sortBy }: LayoutOptions,
): object[] {
  const fieldOf = ({ column }: Term): { id: number; name: string } => {
    const same = (f: { name: string }): boolean => f.name.toLowerCase() === column.toLowerCase();
    const field = schema.fields.find(same);
    if (field === undefined)
      throw new TypeError(`there is no column ${column} to lay files out by`);
    return field;
  };
  const updates: object[] = [];
  if (partitionBy !== undefined) {
    const fields = partitionBy.map((text) => {
      const term = termOf(text, false);
      // As PyIceberg names them.
      const [kind, count] = term.transform.split(/[[\]]/);
      const end = { identity: "", truncate: `_trunc_${count}`, bucket: `_bucket_${count}` }[kind];
      const { id, name } = fieldOf(term);
      const { transform } = term;
      return { "source-id": id, transform, name: `${name}${end ?? `_${kind}`}` };
    });
    updates.push({ action: "add-spec", spec: { fields } });
    updates.push({ action: "set-default-spec", "spec-id": -1 });
  }
  if (sortBy !== undefined) {
    const fields = sortBy.map((text) => {
      const term = termOf(text, true);
      const { transform, direction, nullOrder } = term;
      return { "source-id": fieldOf(term).id, transform, direction, "null-order": nullOrder };
    });
    updates.push({ action: "add-sort-order", "sort-order": { "order-id": 1, fields } });
    updates.push({ action: "set-default-sort-order", "sort-order-id": -1 });
  }
  return updates;
}
