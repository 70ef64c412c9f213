import type { Value } from "./connection.ts";

/** A value as text. Reals always show that they are; blobs show as x'...'. */
export function cellText(value: Value, nullText: string): string {
  switch (typeof value) {
    case "string":
      return value;
    case "bigint":
      return String(value);
    case "number":
      return realText(value);
    default:
      return value === null ? nullText : `x'${Buffer.from(value).toString("hex")}'`;
  }
}

export function realText(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? "Inf" : value < 0 ? "-Inf" : "NaN";
  const text = Object.is(value, -0) ? "-0" : String(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text.replace(/^(-?\d)e/, "$1.0e");
}

// What would move the cursor or hide text is shown as a picture of it; \n and \t are kept.
export const printable = (text: string): string =>
  text.replace(/[\0-\x08\x0b-\x1f\x7f]/g, (c) =>
    String.fromCharCode(c === "\x7f" ? 0x2421 : 0x2400 + c.charCodeAt(0)),
  );
