import assert from "node:assert/strict";
import knexModule from "knex";
import { feature } from "./features.mjs";

const knex = knexModule({
  client: "better-sqlite3",
  connection: { filename: "knex.db" },
  useNullAsDefault: true,
});

await feature("creates tables", async () => {
  await knex.schema.createTable("account", (t) => {
    t.increments("id");
    t.string("name").notNullable();
    t.integer("balance").defaultTo(0);
    t.boolean("open");
  });
});
await feature("creates tables with unique and indexed columns", async () => {
  await knex.schema.createTable("entry", (t) => {
    t.increments("id");
    t.integer("account_id").index();
    t.string("code").unique();
    t.float("amount");
  });
});
await feature("creates tables with references", async () => {
  await knex.schema.createTable("note", (t) => {
    t.increments();
    t.integer("account_id").references("account.id").onDelete("CASCADE");
  });
});
await feature("inserts", async () => {
  assert.deepEqual(await knex("account").insert({ name: "Ada", balance: 10, open: true }), [1]);
});
await feature("inserts one by one", async () => {
  await knex("account").insert({ name: "Grace", balance: 20, open: false });
  await knex("account").insert({ name: "Edsger", balance: 30, open: true });
  await knex("entry").insert({ account_id: 1, code: "a", amount: 1.5 });
  await knex("entry").insert({ account_id: 1, code: "b", amount: 2 });
  await knex("entry").insert({ account_id: 2, code: "c", amount: 3 });
});
await feature("inserts many", async () => {
  await knex("entry").insert([{ code: "x" }, { code: "y" }]);
  await knex("entry").whereNull("account_id").del();
});
await feature("selects", async () => {
  const rows = await knex("account")
    .where("balance", ">=", 10)
    .whereIn("name", ["Ada", "Grace"])
    .orderBy("name", "desc")
    .select("id", "name");
  assert.deepEqual(rows, [
    { id: 2, name: "Grace" },
    { id: 1, name: "Ada" },
  ]);
  assert.equal((await knex("account").where({ name: "Ada" }).first()).open, 1);
});
await feature("joins", async () => {
  const rows = await knex("entry")
    .join("account", "account.id", "entry.account_id")
    .select("entry.code", "account.name")
    .orderBy("entry.id");
  assert.deepEqual(rows[2], { code: "c", name: "Grace" });
});
await feature("left joins", async () => {
  const rows = await knex("account")
    .leftJoin("entry", "account.id", "entry.account_id")
    .whereNull("entry.id")
    .select("account.name");
  assert.deepEqual(rows, [{ name: "Edsger" }]);
});
await feature("groups and counts", async () => {
  const rows = await knex("entry")
    .groupBy("account_id")
    .orderBy("account_id")
    .select("account_id")
    .count({ n: "*" })
    .sum({ total: "amount" });
  assert.deepEqual(rows, [
    { account_id: 1, n: 2, total: 3.5 },
    { account_id: 2, n: 1, total: 3 },
  ]);
});
await feature("updates, increments, deletes", async () => {
  assert.equal(await knex("account").where({ id: 1 }).update({ name: "Lady Ada" }), 1);
  assert.equal(await knex("account").where({ id: 1 }).increment("balance", 5), 1);
  assert.equal(await knex("entry").where({ code: "c" }).del(), 1);
});
await feature("commits and rolls back transactions", async () => {
  await knex.transaction(async (trx) => {
    await trx("entry").insert({ account_id: 3, code: "d", amount: 4 });
  });
  await assert.rejects(
    knex.transaction(async (trx) => {
      await trx("entry").del();
      throw new Error("no");
    }),
    /no/,
  );
  assert.deepEqual(await knex("entry").count({ n: "*" }), [{ n: 3 }]);
});
await feature("nests transactions", async () => {
  await knex.transaction(async (trx) => {
    await assert.rejects(
      trx.transaction(async (inner) => {
        await inner("entry").del();
        throw new Error("inner");
      }),
    );
  });
  assert.deepEqual(await knex("entry").count({ n: "*" }), [{ n: 3 }]);
});
await feature("raw SQL with bindings", async () => {
  assert.deepEqual(await knex.raw("SELECT ? AS a, :b AS b".replace(":b", "?"), [1, "x"]), [
    { a: 1, b: "x" },
  ]);
  assert.deepEqual(await knex.raw("SELECT :n AS a", { n: 5 }), [{ a: 5 }]);
});
await feature("returns inserted rows", async () => {
  assert.deepEqual(
    await knex("entry").insert({ account_id: 2, code: "e" }).returning(["account_id", "code"]),
    [{ account_id: 2, code: "e" }],
  );
});
await feature("ignores and merges conflicts", async () => {
  await knex("entry").insert({ code: "a", amount: 9 }).onConflict("code").ignore();
  await knex("entry").insert({ code: "a", amount: 9 }).onConflict("code").merge();
  assert.equal((await knex("entry").where({ code: "a" }).first()).amount, 9);
});
await feature("tells of constraints", async () => {
  await assert.rejects(knex("account").insert({ name: null }), {
    code: "SQLITE_CONSTRAINT_NOTNULL",
  });
});
await feature("asks for tables and columns", async () => {
  assert.equal(await knex.schema.hasTable("account"), true);
  assert.equal(await knex.schema.hasTable("nope"), false);
});
await feature("asks for columns", async () => {
  assert.equal(await knex.schema.hasColumn("account", "balance"), true);
});
await feature("alters tables", async () => {
  await knex.schema.alterTable("account", (t) => t.string("mail"));
});
await feature("drops tables", async () => {
  await knex.schema.dropTableIfExists("entry");
  await knex.schema.dropTable("account");
});
await feature("closes", async () => {
  await knex.destroy();
});
