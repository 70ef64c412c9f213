/**
 * BillingMeter: counts storage rows as the platform bills them, by its published rules: one row
 * written per inserted or overwritten row of a table (and one more per index, of which the private
 * table has none), one row read per row that a query visits. `platform*` are the sums of what the
 * platform's own cursors reported, for comparison; a test holds the two against each other.
 */
export class BillingMeter {
  rowsWritten = 0;
  rowsRead = 0;
  bytesWritten = 0;
  platformRowsWritten = 0;
  platformRowsRead = 0;
  /** Rows written by kind of row (RowKind). */
  readonly writtenByKind: number[] = [0, 0, 0, 0];

  wrote(kind: number, bytes: number): void {
    this.rowsWritten++;
    this.bytesWritten += bytes;
    this.writtenByKind[kind]++;
  }

  read(): void {
    this.rowsRead++;
  }
}
