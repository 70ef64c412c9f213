/**
 * The control block's words (wasm/control_block.h): u32 words by index from the block's start,
 * doubles by index in 8-byte steps. The block is 8-aligned and never moves.
 */
export const enum Word {
  code = 0,
  frame = 1,
  frameBytes = 2,
  frameRows = 3,
  columns = 4,
  names = 5,
  namesBytes = 6,
  consumed = 7,
  message = 8,
  messageBytes = 9,
  hint = 10,
  hintBytes = 11,
  token = 12,
  tokenBytes = 13,
  errorOffset = 14,
  errorLine = 15,
  errorColumn = 16,
  inTransaction = 17,
  params = 18,
  flags = 19,
}

export const enum Double {
  changes = 10,
  lastRowid = 12, // an i64
  rowsRead = 13,
  rowsWritten = 14,
  totalChanges = 15,
  storageRowsPut = 16,
  lastLsn = 17,
}

/** Bits of Word.flags. */
export const enum Flag {
  readsOnly = 1,
  returnsRows = 2,
  controlsTransaction = 4,
}

/** What run and step return. */
export const enum StepCode {
  done = 0,
  rows = 1,
  blocked = 2,
  error = 3,
}
