// sqllogictest files: their records, and how values are written down and compared.
import { createHash } from "node:crypto";

const BLANK = /^\s*$/;

/**
 * The records of a file that `engine` takes part in. Each is one of
 *   { kind: "statement", line, ok, sql }
 *   { kind: "query", line, types, sort, label, sql, expected, skipped }   expected: lines; skipped
 *        ones still fix what their label stands for
 *   { kind: "threshold", value }
 */
export function* readRecords(text, engine) {
  const lines = text.split("\n");
  let at = 0;
  const take = () => {
    const block = [];
    for (; at < lines.length; at++) {
      const line = lines[at].endsWith("\r") ? lines[at].slice(0, -1) : lines[at];
      if (line.startsWith("#")) continue;
      if (BLANK.test(line)) break;
      block.push(line);
    }
    return block;
  };
  while (at < lines.length) {
    if (BLANK.test(lines[at]) || lines[at].startsWith("#")) {
      at++;
      continue;
    }
    const line = at + 1;
    const block = take();
    let skipped = false;
    let words = block[0].trim().split(/\s+/);
    while (words[0] === "skipif" || words[0] === "onlyif") {
      const named = words[1]?.toLowerCase() === engine;
      if (named === (words[0] === "skipif")) skipped = true;
      block.shift();
      if (block.length === 0) break;
      words = block[0].trim().split(/\s+/);
    }
    if (block.length === 0) continue;
    switch (words[0]) {
      case "statement":
        if (!skipped) yield { kind: "statement", line, ok: words[1] === "ok", sql: block.slice(1).join("\n") };
        break;
      case "query": {
        const rule = block.indexOf("----", 1);
        yield {
          kind: "query",
          line,
          skipped,
          types: words[1] ?? "",
          sort: words[2] ?? "nosort",
          label: words[3],
          sql: block.slice(1, rule < 0 ? block.length : rule).join("\n"),
          expected: rule < 0 ? [] : block.slice(rule + 1),
          ruled: rule >= 0,
        };
        break;
      }
      case "hash-threshold":
        if (!skipped) yield { kind: "threshold", value: Number(words[1]) };
        break;
      case "halt":
        if (!skipped) return;
        break;
      default:
        throw new Error(`line ${line}: no record is called ${words[0]}`);
    }
  }
}

const INT64_MAX = 2n ** 63n - 1n;

function asInteger(value) {
  let whole;
  if (typeof value === "bigint") whole = value;
  else if (typeof value === "number") {
    if (Number.isNaN(value)) whole = 0n;
    else if (value >= 2 ** 63) whole = INT64_MAX;
    else if (value < -(2 ** 63)) whole = -INT64_MAX - 1n;
    else whole = BigInt(Math.trunc(value));
  } else whole = BigInt(/^\s*([+-]?\d+)/.exec(asText(value))?.[1] ?? 0);
  return String(BigInt.asIntN(32, whole));
}

function asReal(value) {
  const x = typeof value === "bigint" || typeof value === "number" ? Number(value) : Number.parseFloat(asText(value)) || 0;
  if (!Number.isFinite(x)) return x > 0 ? "Inf" : "-Inf";
  const digitsBefore = Math.abs(x) < 1 ? 1 : Math.floor(Math.log10(Math.abs(x))) + 1;
  if (digitsBefore + 3 <= 16) return x.toFixed(3);
  // SQLite's printf gives 16 digits and then zeros.
  const [mantissa, exponent] = x.toExponential(15).split("e");
  const digits = mantissa.replace(/[-.]/g, "");
  const power = Number(exponent);
  const whole = digits.slice(0, power + 1).padEnd(power + 1, "0");
  return `${x < 0 ? "-" : ""}${whole}.${digits.slice(power + 1).padEnd(3, "0").slice(0, 3)}`;
}

export function realText(x) {
  if (Number.isNaN(x)) return "NULL";
  if (!Number.isFinite(x)) return x > 0 ? "Inf" : "-Inf";
  const short = String(x);
  const m = /^(-?\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(short);
  if (!m) {
    if (Math.abs(x) >= 1e17) {
      const [mantissa, power] = x.toExponential().split("e+");
      return `${mantissa.includes(".") ? mantissa : `${mantissa}.0`}e+${power}`;
    }
    return /\./.test(short) ? short : `${short}.0`;
  }
  return `${m[1]}.${m[2] ?? "0"}e${m[3][0]}${m[3].slice(1).padStart(2, "0")}`;
}

function asText(value) {
  if (typeof value === "string") return value;
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") return realText(value);
  return Buffer.from(value).toString("latin1");
}

export function render(value, type) {
  if (value === null) return "NULL";
  if (type === "I") return typeof value === "bigint" && value >= -0x80000000n && value <= 0x7fffffffn ? String(value) : asInteger(value);
  if (type === "R") return asReal(value);
  const text = asText(value);
  if (text === "") return "(empty)";
  if (/^[ -~]*$/.test(text)) return text;
  const bytes = typeof value === "string" ? Buffer.from(text, "utf8").toString("latin1") : text;
  return bytes.replace(/[^ -~]/g, "@");
}

const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** All values of a result, written and in the order to compare them. */
export function renderRows(rows, types, sort) {
  const written = rows.map((row) => row.map((value, i) => render(value, types[i])));
  if (sort === "rowsort") {
    written.sort((a, b) => {
      for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return order(a[i], b[i]);
      return 0;
    });
  }
  const values = written.flat();
  return sort === "valuesort" ? values.sort(order) : values;
}

export function hashOf(values) {
  const md5 = createHash("md5");
  md5.update(values.length === 0 ? "" : `${values.join("\n")}\n`);
  return md5.digest("hex");
}

const HASHED = /^(\d+) values hashing to ([0-9a-f]{32})$/;

/** The md5 that an expectation stands for. */
export const expectedHash = (expected) => (expected.length === 1 && HASHED.exec(expected[0])?.[2]) || hashOf(expected);

/** Null when the values are as expected, else what differs. */
export function compare(values, expected) {
  const hashed = expected.length === 1 ? HASHED.exec(expected[0]) : null;
  if (hashed) {
    if (values.length !== Number(hashed[1])) return `${values.length} values instead of ${hashed[1]}`;
    return hashOf(values) === hashed[2] ? null : `other values; the first: ${values.slice(0, 6).join(", ")}`;
  }
  if (values.length !== expected.length) return `${values.length} values instead of ${expected.length}: ${values.slice(0, 6).join(", ")}`;
  const at = values.findIndex((value, i) => value !== expected[i]);
  return at < 0 ? null : `value ${at + 1} is ${values[at]} instead of ${expected[at]}`;
}
