import assert from "node:assert/strict";
import SQLite from "better-sqlite3";
import { Kysely, SqliteDialect, sql } from "kysely";
import { feature } from "./features.mjs";

const database = new SQLite(":memory:");
const db = new Kysely({ dialect: new SqliteDialect({ database }) });

await feature("creates tables", async () => {
  await db.schema
    .createTable("person")
    .addColumn("id", "integer", (c) => c.primaryKey().autoIncrement())
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("age", "integer")
    .execute();
  await db.schema
    .createTable("pet")
    .addColumn("id", "integer", (c) => c.primaryKey())
    .addColumn("owner_id", "integer", (c) => c.notNull())
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("weight", "real", (c) => c.defaultTo(1.5))
    .execute();
});
await feature("creates tables with references and checks", async () => {
  await db.schema
    .createTable("toy")
    .addColumn("id", "integer", (c) => c.primaryKey())
    .addColumn("pet_id", "integer", (c) => c.references("pet.id").onDelete("cascade"))
    .addColumn("price", "integer", (c) => c.check(sql`price >= 0`))
    .execute();
});
await feature("creates indexes", async () => {
  await db.schema.createIndex("pet_owner").on("pet").column("owner_id").execute();
  await db.schema
    .createIndex("person_name")
    .unique()
    .on("person")
    .columns(["name", "age"])
    .execute();
});
await feature("inserts", async () => {
  const { insertId, numInsertedOrUpdatedRows } = await db
    .insertInto("person")
    .values([
      { name: "Ada", age: 36 },
      { name: "Grace", age: 85 },
      { name: "Edsger", age: null },
    ])
    .executeTakeFirstOrThrow();
  assert.equal(insertId, 3n);
  assert.equal(numInsertedOrUpdatedRows, 3n);
  await db
    .insertInto("pet")
    .values([
      { id: 1, owner_id: 1, name: "Bit" },
      { id: 2, owner_id: 1, name: "Byte" },
      { id: 3, owner_id: 2, name: "Moth" },
    ])
    .execute();
});
await feature("selects with conditions and order", async () => {
  const rows = await db
    .selectFrom("person")
    .select(["id", "name"])
    .where("age", ">", 30)
    .where("name", "in", ["Ada", "Grace"])
    .orderBy("name", "desc")
    .limit(5)
    .execute();
  assert.deepEqual(rows, [
    { id: 2, name: "Grace" },
    { id: 1, name: "Ada" },
  ]);
});
await feature("selects all and the first", async () => {
  const row = await db.selectFrom("pet").selectAll().where("id", "=", 3).executeTakeFirst();
  assert.deepEqual(row, { id: 3, owner_id: 2, name: "Moth", weight: 1.5 });
});
await feature("joins", async () => {
  const rows = await db
    .selectFrom("pet")
    .innerJoin("person", "person.id", "pet.owner_id")
    .select(["pet.name as pet", "person.name as owner"])
    .orderBy("pet.id")
    .execute();
  assert.deepEqual(rows[2], { pet: "Moth", owner: "Grace" });
});
await feature("left joins", async () => {
  const rows = await db
    .selectFrom("person")
    .leftJoin("pet", "pet.owner_id", "person.id")
    .select(["person.name", "pet.name as pet"])
    .where("pet.id", "is", null)
    .execute();
  assert.deepEqual(rows, [{ name: "Edsger", pet: null }]);
});
await feature("groups and counts", async () => {
  const rows = await db
    .selectFrom("pet")
    .select(["owner_id", (e) => e.fn.countAll().as("n")])
    .groupBy("owner_id")
    .having((e) => e.fn.countAll(), ">", 1)
    .execute();
  assert.deepEqual(rows, [{ owner_id: 1, n: 2 }]);
});
await feature("updates", async () => {
  const { numUpdatedRows } = await db
    .updateTable("pet")
    .set((e) => ({ weight: e("weight", "+", 1) }))
    .where("owner_id", "=", 1)
    .executeTakeFirstOrThrow();
  assert.equal(numUpdatedRows, 2n);
});
await feature("deletes", async () => {
  const { numDeletedRows } = await db
    .deleteFrom("pet")
    .where("id", "=", 3)
    .executeTakeFirstOrThrow();
  assert.equal(numDeletedRows, 1n);
});
await feature("commits and rolls back transactions", async () => {
  await db.transaction().execute(async (trx) => {
    await trx.insertInto("pet").values({ id: 9, owner_id: 2, name: "Pi" }).execute();
  });
  await assert.rejects(
    db.transaction().execute(async (trx) => {
      await trx.deleteFrom("pet").execute();
      throw new Error("no");
    }),
    /no/,
  );
  const { n } = await db
    .selectFrom("pet")
    .select((e) => e.fn.countAll().as("n"))
    .executeTakeFirstOrThrow();
  assert.equal(n, 3);
});
await feature("savepoints", async () => {
  const trx = await db.startTransaction().execute();
  try {
    const after = await trx.savepoint("one").execute();
    await after.deleteFrom("pet").execute();
    await after.rollbackToSavepoint("one").execute();
    await trx.commit().execute();
  } catch (error) {
    await trx.rollback().execute();
    throw error;
  }
});
await feature("returns inserted rows", async () => {
  const row = await db
    .insertInto("pet")
    .values({ id: 10, owner_id: 1, name: "Nul" })
    .returning(["id", "name"])
    .executeTakeFirst();
  assert.deepEqual(row, { id: 10, name: "Nul" });
});
await feature("upserts", async () => {
  await db
    .insertInto("pet")
    .values({ id: 1, owner_id: 2, name: "x" })
    .onConflict((c) => c.column("id").doUpdateSet({ owner_id: (e) => e.ref("excluded.owner_id") }))
    .execute();
  assert.equal(
    (await db.selectFrom("pet").select("owner_id").where("id", "=", 1).executeTakeFirst()).owner_id,
    2,
  );
});
await feature("subqueries", async () => {
  const rows = await db
    .selectFrom("person")
    .select("name")
    .where((e) =>
      e.exists(e.selectFrom("pet").select("pet.id").whereRef("pet.owner_id", "=", "person.id")),
    )
    .orderBy("id")
    .execute();
  assert.ok(rows.length > 0);
});
await feature("common table expressions", async () => {
  const rows = await db
    .with("old", (q) => q.selectFrom("person").select("id").where("age", ">", 80))
    .selectFrom("old")
    .selectAll()
    .execute();
  assert.deepEqual(rows, [{ id: 2 }]);
});
await feature("raw SQL", async () => {
  const { rows } = await sql`SELECT ${"x"} AS a, ${7n} AS b`.execute(db);
  assert.deepEqual(rows, [{ a: "x", b: 7 }]);
});
await feature("streams", async () => {
  const names = [];
  for await (const row of db.selectFrom("person").select("name").orderBy("id").stream())
    names.push(row.name);
  assert.deepEqual(names, ["Ada", "Grace", "Edsger"]);
});
await feature("tells of constraints", async () => {
  await assert.rejects(db.insertInto("person").values({ name: null }).execute(), {
    name: "SqliteError",
    code: "SQLITE_CONSTRAINT_NOTNULL",
  });
});
await feature("alters tables", async () => {
  await db.schema.alterTable("person").addColumn("email", "text").execute();
  await db.schema.alterTable("person").renameColumn("email", "mail").execute();
});
await feature("reads the schema", async () => {
  const tables = await db.introspection.getTables();
  assert.ok(tables.some((t) => t.name === "person" && t.columns.some((c) => c.name === "age")));
});
await feature("drops tables", async () => {
  await db.schema.dropTable("pet").ifExists().execute();
  await db.schema.dropTable("pet").ifExists().execute();
});
await feature("closes", async () => {
  await db.destroy();
  assert.equal(database.open, false);
});
