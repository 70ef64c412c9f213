// Checks what compilers do not: layers, READMEs, dead files, paths of one machine, length.
// Prints what is wrong as `file:line: why` and closes with `N passed, N failed`, one per check.
//
//   node tests/tidy/tidy.mjs                   this project
//   node tests/tidy/tidy.mjs --with-self-test  first that each check catches a planted violation
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { selfTest } from "./self-test.mjs";

const SOURCE = /\.(cc|h|def|ts|mjs|js)$/;
const CPP = /\.(cc|h)$/;
const GENERATED = /\.gen\.|^package-lock\.json$/;
const DATA = /\.(sql|snap|jsonl|dict)$/;
const LINES_MAX = 700;
const ROOMS_WITH_README = /^(core|wasm|bindings|worker|durable-objects|tests|scripts|cmake)(\/|$)/;

// Standard headers that the module must not pull in: exceptions, iostream, static constructors, or
// kilobytes of code for what core/base has.
const BANNED_HEADERS =
  /^#include <(iostream|sstream|fstream|iomanip|map|set|unordered_map|unordered_set|functional|regex|locale|stdexcept|exception|thread|mutex|future|list|deque)>/;

// Written in pieces, so that this file does not hold what it looks for.
const MACHINE_PATH = new RegExp(`(?<![\\w.$}*-])/(${["work", "root", "home"].join("|")})/`);
const REGISTRY_HOST = new RegExp(
  ["registry npmjs", "npmjs org/", "deb debian", "snapshot debian", "security debian", "crates io/api", "pypi org", "proxy golang", "repo1 maven"]
    .map((host) => host.replaceAll(" ", "[.]"))
    .join("|"),
);
const UNFINISHED = new RegExp(`\\b(${["TO", "FIX"].map((a, i) => a + ["DO", "ME"][i]).join("|")})\\b`);

/**
 * The whole of one tree: `files` are its paths, `read(path)` gives a text.
 * A check yields strings `path:line: why`.
 */
export const checks = {
  layers: checkLayers,
  readmes: checkReadmes,
  "dead files": checkDeadFiles,
  "machine paths": checkMachinePaths,
  length: checkLength,
  "standard headers": checkHeaders,
  unfinished: checkUnfinished,
};

/** core/README.md's table -> Map folder -> folders it may include. */
export function parseLayers(text) {
  const layers = new Map();
  for (const line of text.split("\n")) {
    const m = /^\| \d+ \| `(core\/[\w/]+)` \|([^|]*)\|/.exec(line);
    if (m) layers.set(m[1], [...m[2].matchAll(/`([\w/]+)`/g)].map(([, room]) => `core/${room}`));
  }
  return layers;
}

const within = (folder, parent) => folder === parent || folder.startsWith(`${parent}/`);
const roomOf = (folder, layers) => [...layers.keys()].filter((room) => within(folder, room)).sort((a, b) => b.length - a.length)[0];

function* eachLine(text) {
  const lines = text.split("\n");
  for (let i = 0; i < lines.length; i++) yield [i + 1, lines[i]];
}

function* checkLayers({ files, read }) {
  if (!files.includes("core/README.md")) {
    yield "core/README.md: is not there, and with it no layer table";
    return;
  }
  const layers = parseLayers(read("core/README.md"));
  if (layers.size === 0) yield "core/README.md: no layer table found";
  for (const file of files.filter((f) => within(f, "core") && CPP.test(f))) {
    const room = roomOf(dirname(file), layers);
    if (!room) {
      yield `${file}: its folder is not in the layer table of core/README.md`;
      continue;
    }
    const allowed = [room, ...layers.get(room)];
    for (const [number, line] of eachLine(read(file))) {
      const m = /^\s*#\s*include "([^"]+)"/.exec(line);
      if (!m) continue;
      const target = posix.dirname(m[1]);
      if (!within(target, "core")) yield `${file}:${number}: core includes only core/..., by its path from the top`;
      else if (!files.includes(m[1])) yield `${file}:${number}: ${m[1]} is not there`;
      else if (!allowed.some((folder) => within(target, folder))) {
        yield `${file}:${number}: ${room} may not include ${target}`;
      }
    }
  }
}

function* checkReadmes({ files }) {
  const folders = new Set();
  for (const file of files) {
    if (!SOURCE.test(file) && !file.startsWith("scripts/")) continue;
    for (let d = dirname(file); d !== "."; d = dirname(d)) if (ROOMS_WITH_README.test(d)) folders.add(d);
  }
  for (const folder of [...folders].sort()) {
    if (!files.includes(`${folder}/README.md`)) yield `${folder}: no README.md`;
  }
}

function* checkDeadFiles({ files, read }) {
  const sources = files.filter((f) => SOURCE.test(f));
  const included = new Set();
  const mentions = new Map();
  for (const file of files) {
    if (!/\.(cc|h|def|ts|mjs|js|json|cmake|txt|toml|py)$|^scripts\/|^\.ci\//.test(file) || /package-lock/.test(file)) continue;
    const text = read(file);
    mentions.set(file, text);
    for (const [, target] of text.matchAll(/#\s*include "([^"]+)"/g)) included.add(target);
  }
  for (const file of sources) {
    if (/\.(h|def)$/.test(file)) {
      const named = [...mentions].some(([other, text]) => other !== file && /\.(mjs|json)$/.test(other) && text.includes(file.split("/").at(-1)));
      if (!included.has(file) && !named) yield `${file}: nobody includes it`;
    } else if (file.endsWith(".cc")) {
      const built =
        (within(file, "core") && dirname(file) !== "core") ||
        (dirname(file) === "wasm") ||
        (/^tests\/(fuzz|bench)\/[^/]+\.cc$/.test(file)) ||
        (/^tests\/[^/]+\/.+\.cc$/.test(file) && !/^tests\/(fuzz|bench)\//.test(file));
      if (!built) yield `${file}: no CMake target takes it`;
    } else if (!/\.test\.\w+$|\.d\.ts$|\.config\.\w+$/.test(file)) {
      // An entry or a script is named by package.json, a script or a test; a module by an import.
      const base = file.split("/").at(-1);
      const stem = base === "index.ts" ? file : base;
      const name = stem.replace(/\.\w+$/, "");
      const used = [...mentions].some(([other, text]) => other !== file && new RegExp(`(^|[\\s"'\`/])${name.replaceAll(".", "[.]")}(\\.(ts|js|mjs))?["'\`\\s]`, "m").test(text));
      const folderImported = base === "index.ts" && [...mentions].some(([other, text]) => other !== file && new RegExp(`["'\`/]${dirname(file).split("/").at(-1)}/(index(\\.ts)?)["'\`]`).test(text));
      if (!used && !folderImported) yield `${file}: nobody imports or runs it`;
    }
  }
}

function* checkMachinePaths({ files, read }) {
  for (const file of files) {
    if (/\.(wasm|bin|png|gz|parquet)$/.test(file) || /\/corpus\//.test(file)) continue;
    for (const [number, line] of eachLine(read(file))) {
      if (MACHINE_PATH.test(line)) yield `${file}:${number}: a path of one machine`;
      if (REGISTRY_HOST.test(line)) yield `${file}:${number}: the host of a package registry`;
    }
  }
}

function* checkLength({ files, read }) {
  for (const file of files) {
    if (!(SOURCE.test(file) || /\.(md|cmake)$/.test(file)) || GENERATED.test(file) || DATA.test(file)) continue;
    const lines = read(file).split("\n").length - 1;
    if (lines > LINES_MAX && !file.endsWith(".def")) yield `${file}: ${lines} lines; look for the second noun in it`;
  }
}

function* checkHeaders({ files, read }) {
  for (const file of files) {
    if (!CPP.test(file) || !(within(file, "core") || within(file, "wasm"))) continue;
    for (const [number, line] of eachLine(read(file))) {
      if (BANNED_HEADERS.test(line)) yield `${file}:${number}: not in the module: ${line}`;
    }
  }
}

function* checkUnfinished({ files, read }) {
  for (const file of files) {
    if (!SOURCE.test(file) || GENERATED.test(file)) continue;
    for (const [number, line] of eachLine(read(file))) {
      if (UNFINISHED.test(line)) yield `${file}:${number}: unfinished: ${line.trim()}`;
    }
  }
}

/** What a checkout holds or is about to: tracked files and new ones that git does not ignore. */
function projectTree(root) {
  const out = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "--deduplicate", "-z"], { cwd: root, encoding: "utf8" });
  const texts = new Map();
  const read = (file) => {
    if (!texts.has(file)) texts.set(file, readFileSync(join(root, file), "utf8"));
    return texts.get(file);
  };
  const there = (file) => {
    try {
      read(file);
      return true;
    } catch {
      return false;
    }
  };
  return { files: out.split("\0").filter((f) => f !== "" && there(f)), read };
}

function main() {
  let passed = 0;
  let failed = 0;
  const count = (name, problems) => {
    for (const problem of problems) console.log(`${name}: ${problem}`);
    if (problems.length > 0) failed++;
    else passed++;
  };
  if (process.argv.includes("--with-self-test")) {
    for (const [name, problems] of selfTest(checks)) count(name, problems);
  }
  const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
  const tree = projectTree(root);
  for (const [name, check] of Object.entries(checks)) count(name, [...check(tree)]);
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed > 0 ? 1 : 0);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
