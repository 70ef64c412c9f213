import type { SqlParameter } from "../sql/value.ts";

/** A value as SQL writes it. */
export function sqlLiteral(value: SqlParameter): string {
  switch (typeof value) {
    case "number":
      if (Number.isNaN(value)) return "NULL";
      if (!Number.isFinite(value)) return value > 0 ? "9.0e+999" : "-9.0e+999";
      return Object.is(value, -0) ? "-0.0" : String(value);
    case "bigint":
      return String(value);
    case "string":
      return `'${value.replaceAll("'", "''")}'`;
    case "object":
      if (value !== null) return `x'${bytesOf(value).toString("hex")}'`;
  }
  return "NULL";
}

function bytesOf(value: ArrayBuffer | ArrayBufferView): Buffer {
  return ArrayBuffer.isView(value)
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    : Buffer.from(value);
}
