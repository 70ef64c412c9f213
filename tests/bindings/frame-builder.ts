/** Builds result frames as the engine does (core/engine/frame_format.h), for tests of the decoder. */
export type Cell = null | number | bigint | string | Uint8Array;

export interface Column {
  /** 0 NULL, 1 INT64, 2 REAL, 3 TEXT, 4 BLOB, 5 MIXED, 6 INT53 */
  kind: number;
  cells: Cell[];
}

const pad8 = (n: number): number => (n + 7) & ~7;

function cellKind(cell: Cell): number {
  if (cell === null) return 0;
  if (typeof cell === "bigint") return 1;
  if (typeof cell === "number") return Number.isSafeInteger(cell) ? 6 : 2;
  return typeof cell === "string" ? 3 : 4;
}

export function buildFrame(columns: Column[], more = false): ArrayBuffer {
  const rows = columns[0]?.cells.length ?? 0;
  const encoder = new TextEncoder();
  const heap: Uint8Array[] = [];
  let heapBytes = 0;
  let ascii = true;
  const places = new Map<string, [number, number]>();
  for (const texts of [true, false]) {
    columns.forEach(({ cells }, c) =>
      cells.forEach((cell, r) => {
        if (texts ? typeof cell !== "string" : !(cell instanceof Uint8Array)) return;
        const bytes = typeof cell === "string" ? encoder.encode(cell) : (cell as Uint8Array);
        if (texts && bytes.some((b) => b >= 0x80)) ascii = false;
        places.set(`${c},${r}`, [heapBytes, heapBytes + bytes.length]);
        heap.push(bytes);
        heapBytes += bytes.length;
      }),
    );
  }
  let at = 16 + pad8(columns.length);
  const starts = columns.map(({ kind }) => {
    const start = at;
    if (kind === 5) at += pad8(rows);
    if (kind !== 0) at += rows * 8;
    return start;
  });
  const heapAt = at;
  const bytes = heapAt + heapBytes;
  const buffer = new ArrayBuffer(pad8(bytes));
  const view = new DataView(buffer);
  view.setUint32(0, bytes, true);
  view.setUint16(4, columns.length, true);
  view.setUint16(6, (more ? 1 : 0) | (ascii ? 2 : 0), true);
  view.setUint32(8, rows, true);
  view.setUint32(12, heapAt, true);
  columns.forEach(({ kind, cells }, c) => {
    view.setUint8(16 + c, kind);
    if (kind === 0) return;
    const cellsAt = starts[c] + (kind === 5 ? pad8(rows) : 0);
    cells.forEach((cell, r) => {
      const own = cellKind(cell);
      if (kind === 5) view.setUint8(starts[c] + r, own);
      const p = cellsAt + r * 8;
      const as = kind === 5 ? own : kind;
      if (as === 1) view.setBigInt64(p, BigInt(cell as number | bigint), true);
      else if (as === 2 || as === 6) view.setFloat64(p, Number(cell), true);
      else if (as === 3 || as === 4) {
        const [start, end] = places.get(`${c},${r}`) ?? [0, 0];
        view.setUint32(p, start, true);
        view.setUint32(p + 4, end, true);
      }
    });
  });
  let h = heapAt;
  for (const part of heap) {
    new Uint8Array(buffer).set(part, h);
    h += part.length;
  }
  return buffer;
}
