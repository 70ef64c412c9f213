/** Strings out of and into the module's memory. */

// Keeps a leading U+FEFF; what is not UTF-8 comes out as U+FFFD.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();
const chars = String.fromCharCode;

export const decodeText = (bytes: Uint8Array): string => decoder.decode(bytes);

// A decode call costs about 200 ns in workerd whatever its size, fromCharCode about 4 ns a byte.
const SHORT = 40;

/** The text of bytes start..end, which are all ASCII. */
export function decodeAscii(m: Uint8Array, start: number, end: number): string {
  if (end - start > SHORT) return decoder.decode(m.subarray(start, end));
  return shortAscii(m, start, end);
}

// prettier-ignore
function shortAscii(m: Uint8Array, p: number, end: number): string {
  let s = "";
  for (; end - p >= 16; p += 16) {
    s += chars(m[p], m[p + 1], m[p + 2], m[p + 3], m[p + 4], m[p + 5], m[p + 6], m[p + 7],
      m[p + 8], m[p + 9], m[p + 10], m[p + 11], m[p + 12], m[p + 13], m[p + 14], m[p + 15]);
  }
  if (end - p >= 8) {
    s += chars(m[p], m[p + 1], m[p + 2], m[p + 3], m[p + 4], m[p + 5], m[p + 6], m[p + 7]);
    p += 8;
  }
  if (end - p >= 4) {
    s += chars(m[p], m[p + 1], m[p + 2], m[p + 3]);
    p += 4;
  }
  switch (end - p) {
    case 1: return s + chars(m[p]);
    case 2: return s + chars(m[p], m[p + 1]);
    case 3: return s + chars(m[p], m[p + 1], m[p + 2]);
  }
  return s;
}

/** The text of bytes start..end, whatever they are. */
export function decodeAny(m: Uint8Array, start: number, end: number): string {
  if (end - start <= SHORT) {
    let p = start;
    while (p < end && m[p] < 0x80) p++;
    if (p === end) return shortAscii(m, start, end);
  }
  return decoder.decode(m.subarray(start, end));
}

/**
 * Writes `text` as UTF-8 at `at`; returns the bytes written, or -1 when they might not fit before
 * `end`. Lone surrogates become U+FFFD.
 */
export function encodeText(m: Uint8Array, at: number, end: number, text: string): number {
  const n = text.length;
  if (n <= 64 && at + n <= end) {
    let i = 0;
    for (; i < n; i++) {
      const c = text.charCodeAt(i);
      if (c >= 0x80) break;
      m[at + i] = c;
    }
    if (i === n) return n;
  }
  if (at + n * 3 > end) return -1;
  return encoder.encodeInto(text, m.subarray(at, end)).written;
}
