// Sizes of what a user ships, against wasm/abi/size_budget.json. Exits 1 when something is above.
// `--functions [N]` adds the N largest functions of the module, from a second link with names.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const budget = JSON.parse(readFileSync(join(root, "wasm/abi/size_budget.json"), "utf8"));
const number = (n) => n.toLocaleString("en-US").padStart(10);

let above = 0;
console.log(`${"file".padEnd(14)}${"bytes".padStart(10)}${"gzip -9".padStart(11)}${"brotli".padStart(11)}${"budget".padStart(11)}`);
for (const [name, { gzip_max: max }] of Object.entries(budget)) {
  const path = join(root, "dist", name);
  if (!existsSync(path)) {
    console.log(`${name.padEnd(14)} not built: npm run build`);
    above++;
    continue;
  }
  const bytes = readFileSync(path);
  const gzip = gzipSync(bytes, { level: 9 }).length;
  const over = gzip > max;
  if (over) above++;
  console.log(
    `${name.padEnd(14)}${number(bytes.length)} ${number(gzip)} ` +
      `${number(brotliCompressSync(bytes).length)} ${number(max)}${over ? "  ABOVE" : ""}`,
  );
}

const flag = process.argv.indexOf("--functions");
if (flag >= 0) reportFunctions(Number(process.argv[flag + 1] ?? 40));
process.exit(above > 0 ? 1 : 0);

// The code section's bodies with the names of the custom section "name", largest first.
function reportFunctions(count) {
  const run = (command, args) => {
    const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: "utf8" });
    if (status === 0) return;
    console.error(`${stdout}${stderr}`);
    process.exit(1);
  };
  run("cmake", ["--preset", "wasm", "-B", "build/wasm-names", "-DDOSQL_WASM_NAMES=ON"]);
  run("cmake", ["--build", "build/wasm-names"]);
  run(process.execPath, ["wasm/finish.mjs", "build/wasm-names/dosql.wasm", "build/wasm-names/named.wasm", "--names"]);
  const { bodies, imports, names } = readModule(readFileSync(join(root, "build/wasm-names/named.wasm")));
  const readable = demangle(bodies.map((_, i) => names.get(imports + i) ?? `#${imports + i}`));
  const rows = bodies.map((size, i) => ({ size, name: readable[i] }));
  const total = bodies.reduce((a, b) => a + b, 0);
  console.log(`\n${bodies.length} functions, ${total.toLocaleString("en-US")} bytes of code; the largest:`);
  for (const { size, name } of rows.sort((a, b) => b.size - a.size).slice(0, count)) {
    console.log(`${number(size)}  ${((100 * size) / total).toFixed(1).padStart(4)}%  ${name}`);
  }
  const rooms = new Map();
  for (const { size, name } of rows) {
    const room = /^(dosql::\w+|std::|absl::)/.exec(name)?.[1] ?? "other";
    rooms.set(room, (rooms.get(room) ?? 0) + size);
  }
  console.log("\nby class or namespace:");
  for (const [room, size] of [...rooms].sort((a, b) => b[1] - a[1]).slice(0, count)) {
    console.log(`${number(size)}  ${((100 * size) / total).toFixed(1).padStart(4)}%  ${room}`);
  }
}

function readModule(bytes) {
  let at = 8;
  const varint = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  const text = () => {
    const size = varint();
    at += size;
    return bytes.toString("utf8", at - size, at);
  };
  const result = { bodies: [], imports: 0, names: new Map() };
  while (at < bytes.length) {
    const id = bytes[at++];
    const size = varint();
    const end = at + size;
    if (id === 2) {
      for (let n = varint(); n > 0; n--) {
        text();
        text();
        const kind = bytes[at++];
        if (kind === 0) result.imports++, varint();
        else throw new Error(`import of kind ${kind}`);
      }
    } else if (id === 10) {
      for (let n = varint(); n > 0; n--) {
        const body = varint();
        result.bodies.push(body);
        at += body;
      }
    } else if (id === 0 && text() === "name") {
      while (at < end) {
        const kind = bytes[at++];
        const stop = varint() + at;
        if (kind === 1) for (let n = varint(); n > 0; n--) result.names.set(varint(), text());
        at = stop;
      }
    }
    at = end;
  }
  return result;
}

// The names of the name section as a person writes them; one call for all of them.
function demangle(names) {
  const { stdout, status } = spawnSync("llvm-cxxfilt-14", { input: names.join("\n"), encoding: "utf8" });
  return status === 0 ? stdout.split("\n") : names;
}
