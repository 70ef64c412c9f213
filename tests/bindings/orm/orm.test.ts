import { describe, expect, it } from "vitest";
import { tryFeatures } from "./project.ts";

// The least that each script tries; a script that says less stopped half-way.
const FEATURES_MIN = 10;

for (const script of ["kysely.mjs", "drizzle.mjs", "knex.mjs"]) {
  const outcomes = await tryFeatures(script);
  describe(script.replace(".mjs", ""), () => {
    it("was tried", () => expect(outcomes.length).toBeGreaterThanOrEqual(FEATURES_MIN));
    for (const { name, outcome, message } of outcomes) {
      it(name, (context) => {
        if (outcome === "pending") context.skip(message.split("\n")[0]);
        expect(outcome, message).toBe("works");
      });
    }
  });
}
