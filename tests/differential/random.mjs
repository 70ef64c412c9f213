// Numbers that are the same for the same seed.
export class Random {
  #state;

  constructor(seed) {
    this.#state = (Number(BigInt.asUintN(32, BigInt(seed))) ^ 0x9e3779b9) >>> 0;
    for (let i = 0; i < 4; i++) this.next();
  }

  /** In [0, 2^32). (mulberry32) */
  next() {
    let x = (this.#state = (this.#state + 0x6d2b79f5) >>> 0);
    x = Math.imul(x ^ (x >>> 15), x | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return (x ^ (x >>> 14)) >>> 0;
  }

  below(n) {
    return this.next() % n;
  }

  /** In [low, high]. */
  between(low, high) {
    return low + this.below(high - low + 1);
  }

  /** True in `percent` of 100. */
  chance(percent) {
    return this.below(100) < percent;
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  /** Of [weight, what] pairs. */
  weighted(pairs) {
    let total = 0;
    for (const [weight] of pairs) total += weight;
    let at = this.below(total);
    for (const [weight, what] of pairs) {
      if (at < weight) return what;
      at -= weight;
    }
    throw new Error("no weight");
  }
}
