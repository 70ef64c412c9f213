import { describe, expect, it } from "vitest";
import { parseArguments } from "../../bindings/shell/arguments.ts";

const parse = (line: string, env = {}) => parseArguments(line.split(" ").filter(Boolean), env);

describe("the command line", () => {
  it("names a database, options and statements", () => {
    expect(parse("")).toMatchObject({ target: ":memory:", texts: [], action: "run", mode: null });
    expect(parse("-csv -header shop.db .tables -nullvalue=x --bail")).toMatchObject({
      target: "shop.db",
      texts: [".tables"],
      mode: "csv",
      headers: true,
      nullText: "x",
      bail: true,
    });
    expect(parse("--cmd a -cmd b -readonly x.db")).toMatchObject({
      first: ["a", "b"],
      readonly: true,
    });
    expect(parse("https://h/db/x --token T").token).toBe("T");
    expect(parse("https://h/db/x", { DOSQL_TOKEN: "E" }).token).toBe("E");
    expect(parse("--version").action).toBe("version");
  });

  it("is refused where it means nothing", () => {
    expect(() => parse("-nope")).toThrow("no option -nope");
    expect(() => parse("x.db --token")).toThrow("--token needs a value");
  });
});
