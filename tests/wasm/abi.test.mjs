import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { boundary, generate, parseAbi, parseErrorCodes, RUNTIME_EXPORTS } from "../../wasm/abi/generate.mjs";

const bytes = readFileSync(new URL("../../dist/dosql.wasm", import.meta.url));
const module = new WebAssembly.Module(bytes);

describe("dist/dosql.wasm", () => {
  it("imports what abi.def says and nothing else", () => {
    const imports = WebAssembly.Module.imports(module);
    expect(imports.filter((i) => i.module !== "env" || i.kind !== "function")).toEqual([]);
    const declared = boundary().imports;
    expect(imports.map((i) => i.name).filter((name) => !declared.includes(name))).toEqual([]);
  });

  it("exports what abi.def says, its memory and its start function", () => {
    const exports = WebAssembly.Module.exports(module).map((e) => e.name);
    expect(exports.sort()).toEqual([...boundary().exports, ...RUNTIME_EXPORTS].sort());
  });

  it("has the declared version and starts with 2 MB of memory", () => {
    const stubs = Object.fromEntries(boundary().imports.map((name) => [name, () => 0]));
    const { exports } = new WebAssembly.Instance(module, { env: stubs });
    exports._initialize();
    expect(exports.abi_version()).toBe(boundary().version);
    expect(exports.memory.buffer.byteLength).toBe(2 << 20);
    expect(() => exports.memory.grow((128 << 20) / 65536)).toThrow(RangeError);
  });
});

describe("generate", () => {
  const codes = 'X(Ok, 0, "SQLITE_OK", "success")\n';

  it("reads arguments, types and docs", () => {
    const abi = parseAbi("// c\nabi_version 3\nimport f(a: i32, b: f64) -> i64  # doc\nexport g() -> void  # d\n");
    expect(abi.version).toBe(3);
    expect(abi.imports[0]).toEqual({
      name: "f", returns: "i64", doc: "doc",
      args: [{ name: "a", type: "i32" }, { name: "b", type: "f64" }],
    });
    expect(abi.exports[0].args).toEqual([]);
  });

  it.each([
    ["no doc", "abi_version 1\nimport f() -> i32\n"],
    ["an unknown type", "abi_version 1\nimport f(a: u8) -> i32  # d\n"],
    ["an unknown result", "abi_version 1\nimport f() -> text  # d\n"],
    ["a name twice", "abi_version 1\nexport f() -> i32  # d\nexport f() -> i32  # d\n"],
    ["no version", "export f() -> i32  # d\n"],
  ])("refuses %s", (_, text) => {
    expect(() => generate(text, codes)).toThrow(/abi\.def/);
  });

  it("refuses gaps in the error codes", () => {
    expect(() => parseErrorCodes(`${codes}X(Late, 2, "SQLITE_ERROR", "d")\n`)).toThrow(/number 1/);
  });
});

describe("dist/dolake.wasm", () => {
  const lake = new WebAssembly.Module(readFileSync(new URL("../../dist/dolake.wasm", import.meta.url)));
  const { imports, exports, version } = boundary("dolake.def");

  it("imports and exports what dolake.def says", () => {
    const names = (list) => list.map((e) => e.name).sort();
    expect(names(WebAssembly.Module.imports(lake)).filter((name) => !imports.includes(name))).toEqual([]);
    expect(names(WebAssembly.Module.exports(lake))).toEqual([...exports, ...RUNTIME_EXPORTS].sort());
  });

  it("has the declared version and starts with 2 MB of memory", () => {
    const env = Object.fromEntries(WebAssembly.Module.imports(lake).map(({ name }) => [name, () => 0]));
    const instance = new WebAssembly.Instance(lake, { env });
    instance.exports._initialize();
    expect(instance.exports.abi_version()).toBe(version);
    expect(instance.exports.memory.buffer.byteLength).toBe(2 << 20);
  });
});
