// Two projects: what runs in Node (bindings over memory and files, the module itself), and what
// runs inside workerd (object classes, the Worker).
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "node",
          // Some start programs or sync files: a busy machine takes long for that.
          testTimeout: 60_000,
          include: ["tests/{bindings,shell,wasm}/**/*.test.{ts,mjs}"],
        },
      },
      {
        plugins: [cloudflareTest({ wrangler: { configPath: "./wrangler.toml" } })],
        test: {
          name: "workerd",
          testTimeout: 60_000,
          include: ["tests/worker/**/*.test.ts"],
        },
      },
    ],
  },
});
