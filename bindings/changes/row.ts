/** A value as the doors give it: an INTEGER beyond 2^53 is a bigint. */
export type ChangeValue = null | number | bigint | string | Uint8Array;

const TAG = { null: 0, integer: 1, real: 2, text: 3, blob: 4, one: 5, hundredths: 6 };
const utf8 = new TextDecoder();

/** Bytes with a place in them. Reading past their end throws. */
export class ByteReader {
  at = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get done(): boolean {
    return this.at === this.#bytes.length;
  }
  #take(size: number): number {
    const at = this.at;
    if (size > this.#bytes.length - at) throw new Error("the change batch ends too early");
    this.at += size;
    return at;
  }
  u8 = (): number => this.#view.getUint8(this.#take(1));
  u16 = (): number => this.#view.getUint16(this.#take(2), true);
  u32 = (): number => this.#view.getUint32(this.#take(4), true);
  u64 = (): bigint => this.#view.getBigUint64(this.#take(8), true);
  i64 = (): bigint => this.#view.getBigInt64(this.#take(8), true);

  /** LEB128, at most 2^53. */
  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.u8();
      value += (byte & 127) * scale;
      if (byte < 128) break;
    }
    if (!Number.isSafeInteger(value)) throw new Error("a number in the change batch is too large");
    return value;
  }
  bytes(size = this.varint()): Uint8Array {
    const at = this.#take(size);
    return this.#bytes.subarray(at, at + size);
  }
  text = (): string => utf8.decode(this.bytes());
}

export const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");

export const integer = (value: bigint): number | bigint => {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
};

function little(bytes: Uint8Array): number | bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
  return integer(BigInt.asIntN(8 * bytes.length, value));
}

function cell(tag: number, bytes: Uint8Array): ChangeValue {
  switch (tag) {
    case TAG.null:
      return null;
    case TAG.integer:
      return bytes.length === 0 ? 0 : little(bytes);
    case TAG.one:
      return 1;
    case TAG.real:
      return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getFloat64(0, true);
    case TAG.hundredths:
      return bytes.length === 0 ? 0 : Number(little(bytes)) / 100;
    case TAG.text:
      return utf8.decode(bytes);
    case TAG.blob:
      return bytes.slice();
    default:
      throw new Error(`a value of kind ${tag} in a row of the change batch`);
  }
}

/** The columns of a stored row. */
export function decodeRow(row: Uint8Array): ChangeValue[] {
  const reader = new ByteReader(row);
  const wide = (reader.u8() & 1) !== 0;
  const count = reader.varint();
  const entries: number[] = [];
  for (let i = 0; i < count; i++) entries.push(wide ? reader.u32() : reader.u16());
  let start = 0;
  return entries.map((entry) => {
    const end = entry >>> 3;
    if (end < start) throw new Error("a row of the change batch is damaged");
    const value = cell(entry & 7, reader.bytes(end - start));
    start = end;
    return value;
  });
}
