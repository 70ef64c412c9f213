import { DoSQLError } from "../sql/error.ts";
import type { SqlParameter } from "../sql/value.ts";

const INT64_LIMIT = 2n ** 63n;

/**
 * Values for a statement's parameters, as D1Database takes them and bigint besides: true and false
 * are 1 and 0, an array of numbers is a blob. Throws DoSQLError (Parameter) for anything else.
 */
export function toParameters(values: readonly unknown[]): SqlParameter[] {
  return values.map(toParameter);
}

function toParameter(value: unknown, index: number): SqlParameter {
  switch (typeof value) {
    case "string":
    case "number":
      return value;
    case "boolean":
      return value ? 1 : 0;
    case "bigint":
      if (value < INT64_LIMIT && value >= -INT64_LIMIT) return value;
      break;
    case "object":
      if (value === null || value instanceof ArrayBuffer) return value;
      if (ArrayBuffer.isView(value)) {
        // A view crosses with all of its buffer.
        return new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice();
      }
      if (Array.isArray(value) && value.every(isByte)) return Uint8Array.from(value);
  }
  const kind = typeof value === "object" ? Object.prototype.toString.call(value) : typeof value;
  throw new DoSQLError(
    "Parameter",
    typeof value === "bigint"
      ? `parameter ${index + 1}: a bigint beyond 64 bits`
      : `parameter ${index + 1} is of type ${kind}, which has no place in SQL`,
    typeof value === "undefined" ? { hint: "bind null for NULL" } : {},
  );
}

const isByte = (value: unknown): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 256;
