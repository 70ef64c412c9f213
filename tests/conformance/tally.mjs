// What a run of one file found. Outcomes:
//   passed     as it should be
//   wrong      an answer, and not the right one
//   refused    not supported, said so; `reasons` counts by what was named
//   errors     failed with an error that is no refusal
//   follows    missed because of an earlier refusal in the same file (the table was never made)
//   deferred   names a feature left for later (only where the file says what it needs)
//   crashed    the engine broke
export const OUTCOMES = ["passed", "wrong", "refused", "errors", "follows", "deferred", "crashed"];
const SHOWN_MAX = 200;

export class Tally {
  counts = Object.fromEntries(OUTCOMES.map((name) => [name, 0]));
  reasons = {};
  codes = {};
  findings = [];

  add(outcome, detail) {
    this.counts[outcome]++;
    if (detail && this.findings.length < SHOWN_MAX) this.findings.push({ outcome, ...detail });
  }

  refuse(reason) {
    this.counts.refused++;
    this.reasons[reason] = (this.reasons[reason] ?? 0) + 1;
  }

  error(code, detail) {
    this.codes[code] = (this.codes[code] ?? 0) + 1;
    this.add("errors", detail);
  }

  toJSON() {
    const { counts, reasons, codes, findings } = this;
    return { counts, reasons, codes, findings };
  }
}
