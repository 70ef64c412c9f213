/**
 * BillingMeter: counts storage rows as the platform bills them, by its published rules: one row
 * written per inserted or overwritten row of a table, and one more per index, of which the private
 * table has none. `platformRowsWritten` is the sum of what the platform's own cursors reported; a
 * test and the benchmark hold the two against each other.
 */
export class BillingMeter {
  rowsWritten = 0;
  platformRowsWritten = 0;
  /** Rows that were asked for. */
  rowsRead = 0;
  /** Rows and bytes written by kind of row (RowKind). */
  readonly writtenByKind: number[] = [0, 0, 0, 0];
  readonly bytesByKind: number[] = [0, 0, 0, 0];

  wrote(kind: number, bytes: number): void {
    this.rowsWritten++;
    this.bytesByKind[kind] += bytes;
    this.writtenByKind[kind]++;
  }
}
