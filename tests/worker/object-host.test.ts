import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { ObjectHost } from "../../bindings/storage/object-host.ts";
import { ROW_BYTES_MAX, RowKind } from "../../bindings/storage/page-host.ts";
import { databases } from "./objects.ts";

const row = (n: number, size: number): Uint8Array =>
  new Uint8Array(size).map((_, i) => (n * 31 + i) & 255);

function withHost<T>(
  name: string,
  body: (host: ObjectHost, state: DurableObjectState) => T,
): Promise<T> {
  const namespace = databases(env);
  return runInDurableObject(namespace.get(namespace.idFromName(name)), (_, state) =>
    body(new ObjectHost(state), state),
  );
}

describe("an object's storage", () => {
  it("keeps rows by kind and number", () =>
    withHost("rows", (host) => {
      expect(host.get(RowKind.Super, 0)).toBeNull();
      host.put(RowKind.Super, 0, row(1, 600));
      host.put(RowKind.Log, 0, row(2, 10));
      host.put(RowKind.Log, 4095, row(3, 10));
      host.put(RowKind.Extent, 0xffff_fffe, row(4, 131_072));
      host.put(RowKind.Log, 0, row(5, 20));
      const get = (kind: number, number: number): Uint8Array =>
        new Uint8Array(host.get(kind, number) ?? []);
      expect(get(RowKind.Super, 0)).toEqual(row(1, 600));
      expect(get(RowKind.Log, 0)).toEqual(row(5, 20));
      expect(get(RowKind.Log, 4095)).toEqual(row(3, 10));
      expect(get(RowKind.Extent, 0xffff_fffe)).toEqual(row(4, 131_072));
      expect(host.get(RowKind.Super, 1)).toBeNull();
      const part = (number: number, from: number): Uint8Array =>
        new Uint8Array(host.getPart(RowKind.Extent, number, from, 8192) ?? []);
      expect(part(0xffff_fffe, 0)).toEqual(row(4, 131_072).subarray(0, 8192));
      expect(part(0xffff_fffe, 131_072 - 8192)).toEqual(row(4, 131_072).subarray(131_072 - 8192));
      expect(part(0xffff_fffe, 131_072)).toHaveLength(0);
      expect(host.getPart(RowKind.Extent, 1, 0, 8192)).toBeNull();
    }));

  it("gives log rows in any order, and after puts", () =>
    withHost("log rows", (host) => {
      for (let i = 0; i < 300; i++) if (i % 7 !== 3) host.put(RowKind.Log, i, row(i, 50 + i));
      host.put(RowKind.Extent, 0, row(9, 100));
      const check = (i: number, n = i): void => {
        const got = host.get(RowKind.Log, i);
        expect(got === null ? null : new Uint8Array(got)).toEqual(
          i % 7 === 3 || i >= 300 ? null : row(n, 50 + n),
        );
      };
      for (let i = 0; i < 310; i++) check(i);
      for (const i of [5, 5, 4, 200, 3, 3, 2, 299, 300, 0, 63, 64, 65, 4095, 1]) check(i);
      check(10);
      host.put(RowKind.Log, 11, row(100, 150));
      check(11, 100);
      check(12);
      host.putIf(RowKind.Log, 13, row(101, 151), RowKind.Log, 11, row(100, 16));
      check(13, 101);
      check(14);
    }));

  it("gives short, long and very long log rows in order", () =>
    withHost("log rows of all sizes", (host) => {
      // Every byte, so also what is no text.
      const size = (i: number): number => (i % 50 < 30 ? 256 : i % 50 < 45 ? 5000 : 70_000) + i;
      for (let i = 0; i < 400; i++) host.put(RowKind.Log, i, row(i, size(i)));
      for (let i = 0; i < 400; i++) {
        expect(new Uint8Array(host.get(RowKind.Log, i) ?? [])).toEqual(row(i, size(i)));
      }
      expect(host.get(RowKind.Log, 400)).toBeNull();
    }));

  it("puts under a condition, in one step", () =>
    withHost("conditions", (host) => {
      host.put(RowKind.Log, 1, row(1, 100));
      const put = (head: Uint8Array, pred: number): boolean =>
        host.putIf(RowKind.Log, 2, row(2, 50), RowKind.Log, pred, head);
      expect(put(row(9, 16), 1)).toBe(false);
      expect(put(row(1, 16), 7)).toBe(false);
      expect(host.get(RowKind.Log, 2)).toBeNull();
      expect(put(row(1, 16), 1)).toBe(true);
      expect(put(row(2, 16), 2)).toBe(true); // over itself
      expect(new Uint8Array(host.get(RowKind.Log, 2) ?? [])).toEqual(row(2, 50));
    }));

  it("puts under conditions round and round", () =>
    withHost("ring", (host) => {
      const put = (n: number, slot: number, pred: number, head: Uint8Array): boolean =>
        host.putIf(RowKind.Log, slot, row(n, 100 + (n % 7)), RowKind.Log, pred, head);
      host.put(RowKind.Log, 4089, row(0, 100));
      let n = 0;
      let pred = 4089;
      for (let lap = 0; lap < 3; lap++) {
        const slots = lap === 0 ? [4090, 4091, 4092, 4093, 4094, 4095] : [4093, 4094, 4095];
        // A row that is not there follows rows that are.
        for (const slot of [...slots, 0, 1, 2, ...(lap === 2 ? [3, 4, 5] : [])]) {
          expect(put(n + 1, slot, pred, row(n + 7, 16))).toBe(false);
          expect(put(n + 1, slot, 77, row(n, 16))).toBe(false);
          expect(put(n + 1, slot, pred, row(n, 16))).toBe(true);
          n++;
          pred = slot;
          expect(new Uint8Array(host.get(RowKind.Log, slot) ?? [])).toEqual(row(n, 100 + (n % 7)));
        }
      }
      expect(host.meter).toMatchObject({ rowsWritten: n + 1, platformRowsWritten: n + 1 });
    }));

  it("bills one row a put, by the meter and by the platform", () =>
    withHost("bill", (host) => {
      for (let i = 0; i < 20; i++) host.put(RowKind.Extent, i % 7, row(i, 131_072));
      host.put(RowKind.Log, 1, row(1, ROW_BYTES_MAX));
      host.putIf(RowKind.Log, 2, row(2, 100), RowKind.Log, 1, row(1, 16));
      host.putIf(RowKind.Log, 3, row(2, 100), RowKind.Log, 1, row(9, 16));
      expect(host.meter).toMatchObject({ rowsWritten: 22, platformRowsWritten: 22 });
      expect(host.meter.writtenByKind).toEqual([0, 0, 2, 20]);
    }));

  it("refuses rows beyond the platform's limit, which the local runtime does not", () =>
    withHost("limit", (host) => {
      expect(() => host.put(RowKind.Log, 1, new Uint8Array(ROW_BYTES_MAX + 1))).toThrow(RangeError);
      expect(() =>
        host.putIf(RowKind.Log, 1, new Uint8Array(ROW_BYTES_MAX + 1), 2, 1, row(1, 1)),
      ).toThrow(RangeError);
    }));
});
