// Installs what `npm pack` makes into an empty Worker project and uses it there: file list, types,
// `wrangler deploy --dry-run`, the Worker in the real runtime, and the entry for Node. Without a
// network. Closes with `N passed, N failed`.
import { spawnSync } from "node:child_process";
import { mkdtempSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startServer } from "../../scripts/dev-server.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const project = mkdtempSync(join(tmpdir(), "dosql-package-"));
let passed = 0;
let failed = 0;

async function check(name, body) {
  try {
    await body();
    passed++;
  } catch (error) {
    failed++;
    console.log(`${name}: ${error.stack ?? error}`);
  }
}

function equal(got, wanted) {
  const [a, b] = [got, wanted].map((value) => JSON.stringify(value));
  if (a !== b) throw new Error(`got ${a}, wanted ${b}`);
}

function run(program, args, cwd = project) {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, WRANGLER_SEND_METRICS: "false", NO_COLOR: "1" },
  });
  if (status !== 0) {
    throw error ?? new Error(`${program} ${args.join(" ")}\n${`${stdout}${stderr}`.slice(0, 4000)}`);
  }
  return stdout;
}

const write = (name, text) => {
  mkdirSync(dirname(join(project, name)), { recursive: true });
  writeFileSync(join(project, name), text);
};
const program = (...path) => join(root, "node_modules", ...path);

try {
  const [tarball] = JSON.parse(run("npm", ["pack", "--json", "--pack-destination", project], root));
  await check("the package's files", () => {
    const names = tarball.files.map(({ path }) => path);
    for (const name of ["LICENSE", "THIRD_PARTY_NOTICES.md", "README.md", "package.json"]) {
      if (!names.includes(name)) throw new Error(`${name} is not in it`);
    }
    const { exports: entries, bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const targets = [];
    JSON.stringify([entries, bin], (_, value) => {
      if (typeof value === "string") targets.push(value.replace(/^\.\//, ""));
      return value;
    });
    for (const name of targets) if (!names.includes(name)) throw new Error(`${name} is not in it`);
    const strange = names.filter((name) => !/^(LICENSE|[A-Z_]+\.md|package\.json|docs\/\w+\.md|dist\/[\w./-]+)$/.test(name));
    equal(strange, []);
    const text = JSON.stringify(names);
    if (/test|bench|\.wrangler/.test(text)) throw new Error(`more than the package is in it: ${text}`);
    if (tarball.size > 1_500_000) throw new Error(`${tarball.size} bytes`);
  });

  write("package.json", JSON.stringify({ name: "shop", private: true, type: "module" }));
  run("npm", ["install", "--offline", "--no-audit", "--no-fund", `./${tarball.filename}`]);
  await check("nothing else is installed with it", () => {
    equal(readdirSync(join(project, "node_modules")).filter((name) => !name.startsWith(".")), ["dosql"]);
  });
  for (const name of ["wrangler", "@cloudflare/workers-types", "drizzle-orm"]) {
    mkdirSync(dirname(join(project, "node_modules", name)), { recursive: true });
    symlinkSync(program(name), join(project, "node_modules", name));
  }

  write(
    "wrangler.toml",
    `name = "shop"
main = "src/index.ts"
compatibility_date = "2026-04-01"

[[durable_objects.bindings]]
name = "DOSQL"
class_name = "Shop"

[[migrations]]
tag = "v1"
new_sqlite_classes = ["Shop"]
`,
  );
  // Drizzle's own types need skipLibCheck; ours are checked without it.
  const typescript = (name, skipLibCheck, files) =>
    write(
      name,
      JSON.stringify({
        compilerOptions: {
          target: "es2023", lib: ["es2023"], module: "esnext", moduleResolution: "bundler", strict: true,
          noEmit: true, skipLibCheck, types: ["@cloudflare/workers-types"],
        },
        files,
      }),
    );
  typescript("tsconfig.json", true, ["src/index.ts"]);
  typescript("tsconfig.ours.json", false, ["src/ours.ts"]);
  write(
    "src/ours.ts",
    `import { connect, type Database, type Result } from "dosql";
import { DoSQL } from "dosql/objects";
export class Shop extends DoSQL {}
export const database = (namespace: DurableObjectNamespace<Shop>): Database => connect(namespace, "x");
export const d1 = (database: Database): D1Database => database;
export const one = (database: Database): Promise<Result> => database.prepare("SELECT 1").all();
`,
  );
  write(
    "src/index.ts",
    `import { connect, DoSQLError } from "dosql";
import { DoSQL } from "dosql/objects";
import { drizzle } from "drizzle-orm/d1";

interface Env {
  DOSQL: DurableObjectNamespace<Shop>;
}

export class Shop extends DoSQL<Env> {
  total(): number {
    return this.sql.exec<{ n: number }>("SELECT count(*) AS n FROM item").one().n;
  }
}

export default {
  async fetch(request, env): Promise<Response> {
    const db = connect(env.DOSQL, "main");
    await db.exec("CREATE TABLE IF NOT EXISTS item (id INTEGER PRIMARY KEY, name TEXT)");
    const insert = db.prepare("INSERT INTO item (name) VALUES (?)");
    await db.batch([insert.bind("pen"), insert.bind("ink")]);
    const first: string | null = await db.sql\`SELECT name FROM item WHERE id = \${2}\`.first<string>("name");
    const { results, meta } = await db.prepare("SELECT * FROM item").all<{ id: number; name: string }>();
    const orm: { n: number } = await drizzle(db).get("SELECT count(*) AS n FROM item");
    const id = env.DOSQL.idFromName("main");
    const total = await env.DOSQL.get(id).total();
    let code: string | undefined;
    try {
      await db.prepare("SELECT nope FROM item").all();
    } catch (error) {
      if (error instanceof DoSQLError) code = error.code;
    }
    return Response.json({ first, results, changes: meta.changes, total, orm: orm.n, code });
  },
} satisfies ExportedHandler<Env>;
`,
  );
  for (const config of ["tsconfig.json", "tsconfig.ours.json"]) {
    await check(`types, ${config}`, () => run(process.execPath, [program("typescript/bin/tsc"), "-p", config]));
  }
  await check("wrangler deploy --dry-run", () => {
    run(process.execPath, [program("wrangler/bin/wrangler.js"), "deploy", "--dry-run", "--outdir", "out"]);
    const modules = readdirSync(join(project, "out")).filter((name) => name.endsWith(".wasm"));
    equal(modules.length, 1);
    const script = statSync(join(project, "out/index.js")).size;
    if (script > 400_000) throw new Error(`the Worker's script has ${script} bytes`);
  });
  await check("the Worker", async () => {
    const server = await startServer({
      config: join(project, "wrangler.toml"),
      port: 8921,
      persistTo: join(project, "state"),
    });
    try {
      // The first request was the server's own look whether it is up.
      const answer = await (await fetch(server.url)).json();
      equal(answer.first, "ink");
      equal(answer.results.slice(0, 2), [{ id: 1, name: "pen" }, { id: 2, name: "ink" }]);
      equal([answer.total, answer.orm], [answer.results.length, answer.results.length]);
      equal([answer.changes, answer.code], [0, "NoSuchObject"]);
    } catch (error) {
      throw new Error(`${error.stack}\n${server.output()}`);
    } finally {
      await server.stop();
    }
  });

  await check("the Worker of docs/deploy.md", async () => {
    const page = readFileSync(join(project, "node_modules/dosql/docs/deploy.md"), "utf8");
    const block = (language, from) =>
      new RegExp(`\`\`\`${language}\\n${from}\\n([^]*?)\`\`\``).exec(page)[1];
    write("deploy/src/index.ts", block("ts", "// src/index.ts"));
    write("deploy/wrangler.toml", block("toml", "# wrangler.toml"));
    typescript("tsconfig.deploy.json", true, ["deploy/src/index.ts"]);
    run(process.execPath, [program("typescript/bin/tsc"), "-p", "tsconfig.deploy.json"]);
    const server = await startServer({
      config: join(project, "deploy/wrangler.toml"),
      port: 8931,
      persistTo: join(project, "state"),
    });
    try {
      equal(await (await fetch(server.url)).json(), [{ words: "it works" }]);
    } finally {
      await server.stop();
    }
  });
  const inNode = (flags, from) =>
    run(process.execPath, [
      ...flags,
      "-e",
      `${from} const db = new Database(); console.log(db.prepare("SELECT 1 AS one").get().one);`,
    ]).trim();
  await check("the entry for Node, as a module", () => {
    equal(inNode(["--input-type=module"], 'import Database from "dosql";'), "1");
  });
  await check("the entry for Node, as CommonJS", () => {
    equal(inNode(["--input-type=commonjs"], 'const Database = require("dosql");'), "1");
  });
} finally {
  rmSync(project, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
