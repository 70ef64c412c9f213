// Makes a failing script small: fewer statements, then fewer parts in each, as long as the two sides
// still differ in the same way.
import { runBoth } from "./compare.mjs";
import { render, smaller } from "./tree.mjs";
import { closeSides, openSides } from "./world.mjs";

/** The verdict of the first difference in a script, with its place; or null. */
export function replay(engines, log) {
  const sides = openSides(engines);
  try {
    for (let i = 0; i < log.length; i++) {
      const verdict = runBoth(sides, log[i], log[i].text ?? render(log[i].tree));
      if (verdict.kind === "different") return { verdict, at: i };
    }
    return null;
  } finally {
    closeSides(sides);
  }
}

export function shrink(engines, log, wanted, seconds = 20) {
  const end = Date.now() + seconds * 1000;
  let best = log;
  let verdict = wanted;
  const attempt = (candidate) => {
    const found = replay(engines, candidate);
    if (found === null || found.verdict.what !== wanted.what) return false;
    best = candidate.slice(0, found.at + 1);
    verdict = found.verdict;
    return true;
  };
  if (!attempt(log)) return { log, verdict: wanted, reproduced: false };
  for (let before = -1; before !== sizeOf(best) && Date.now() < end;) {
    before = sizeOf(best);
    dropStatements(() => best, attempt, end);
    for (let i = best.length - 1; i >= 0 && Date.now() < end; i--) if (i < best.length) shrinkOne(() => best, i, attempt, end);
  }
  return { log: best, verdict, reproduced: true };
}

const sizeOf = (log) => log.reduce((sum, { tree }) => sum + render(tree).length + 1, 0);

function dropStatements(best, attempt, end) {
  for (let width = Math.max(1, best().length >> 1); width >= 1; width >>= 1) {
    for (let from = best().length - 1 - width; from >= 0 && Date.now() < end; from -= width) {
      attempt(best().toSpliced(from, width));
    }
  }
}

function shrinkOne(best, i, attempt, end) {
  for (let again = true; again && Date.now() < end;) {
    again = false;
    const statement = best()[i];
    if (!statement) return;
    const size = render(statement.tree).length;
    for (const tree of smaller(statement.tree)) {
      if (Date.now() > end) return;
      if (render(tree).length >= size) continue;
      if (attempt(best().with(i, { ...statement, tree }))) {
        again = true;
        break;
      }
    }
  }
}
