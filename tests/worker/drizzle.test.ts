// Drizzle's own drivers on our objects: drizzle-orm/d1 on connect(), drizzle-orm/durable-sqlite on
// the storage of an object that extends DoSQL.
import { env } from "cloudflare:workers";
import { asc, count, eq, gt, sql } from "drizzle-orm";
import { drizzle as drizzleD1 } from "drizzle-orm/d1";
import { drizzle as drizzleDurable } from "drizzle-orm/durable-sqlite";
import { blob, integer, real, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { describe, expect, it } from "vitest";
import { connect } from "../../bindings/d1/index.ts";
import { databases, inside } from "./objects.ts";

const users = sqliteTable("users", {
  id: integer("id").primaryKey({ autoIncrement: true }),
  name: text("name").notNull(),
  score: real("score"),
  active: integer("active", { mode: "boolean" }).notNull().default(true),
  born: integer("born", { mode: "timestamp" }),
  tags: text("tags", { mode: "json" }).$type<string[]>(),
});
const files = sqliteTable("files", {
  id: integer("id").primaryKey(),
  owner: integer("owner").notNull(),
  data: blob("data").$type<Uint8Array>(),
});

const SCHEMA = [
  `CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, score REAL,
     active INTEGER NOT NULL DEFAULT 1, born INTEGER, tags TEXT)`,
  "CREATE TABLE files (id INTEGER PRIMARY KEY, owner INTEGER NOT NULL, data BLOB)",
];
const BORN = new Date("2001-02-03T04:05:06Z");
const PEOPLE = [
  { name: "Ada", score: 9.5, born: BORN, tags: ["math"] },
  { name: "Bob", score: null, active: false },
  { name: "Cyd", score: 3 },
];

describe("drizzle-orm/d1", () => {
  const open = async (name: string) => {
    const client = connect(databases(env), `drizzle ${name}`);
    await client.exec(SCHEMA.join(";\n"));
    return drizzleD1(client);
  };

  it("inserts, selects, updates and deletes", async () => {
    const db = await open("basic");
    expect((await db.insert(users).values(PEOPLE)).meta.changes).toBe(3);
    const [ada] = await db.select().from(users).where(eq(users.name, "Ada"));
    expect(ada).toEqual({ id: 1, active: true, ...PEOPLE[0] });
    expect(await db.select({ n: count() }).from(users).where(gt(users.score, 1))).toEqual([
      { n: 2 },
    ]);
    await db
      .update(users)
      .set({ active: true, score: sql`${users.id} * 2` })
      .where(eq(users.id, 2));
    expect(await db.select().from(users).where(eq(users.id, 2)).get()).toMatchObject({
      name: "Bob",
      score: 4,
      active: true,
    });
    await db.delete(users).where(eq(users.name, "Cyd"));
    const names = await db.select({ name: users.name }).from(users).orderBy(asc(users.name));
    expect(names).toEqual([{ name: "Ada" }, { name: "Bob" }]);
    expect(await db.select().from(users).where(eq(users.id, 99)).get()).toBeUndefined();
  });

  it("returns, joins, and carries blobs", async () => {
    const db = await open("joins");
    const returned = await db.insert(users).values(PEOPLE).returning({ id: users.id });
    expect(returned).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
    await db.insert(files).values({ owner: 2, data: new Uint8Array([1, 2, 3]) });
    const joined = await db
      .select({ name: users.name, data: files.data })
      .from(users)
      .leftJoin(files, eq(files.owner, users.id))
      .orderBy(asc(users.id));
    expect(joined.map(({ name, data }) => [name, data && [...data]])).toEqual([
      ["Ada", null],
      ["Bob", [1, 2, 3]],
      ["Cyd", null],
    ]);
    expect(await db.all(sql`SELECT name FROM users WHERE id = ${3}`)).toEqual([{ name: "Cyd" }]);
    expect(await db.get(sql`SELECT count(*) AS n FROM users`)).toEqual({ n: 3 });
  });

  it("runs batches whole, and refuses transactions across calls", async () => {
    const db = await open("batch");
    const [inserted, selected] = await db.batch([
      db.insert(users).values({ name: "Ada" }).returning({ id: users.id }),
      db.select().from(users),
    ]);
    expect([inserted, selected.length]).toEqual([[{ id: 1 }], 1]);
    const twice = db.insert(users).values({ id: 1, name: "again" });
    await expect(db.batch([db.delete(users), twice, twice])).rejects.toThrow();
    expect(await db.$count(users)).toBe(1);
    await expect(db.transaction((tx) => tx.delete(users))).rejects.toThrow();
    expect(await db.$count(users)).toBe(1);
  });

  it("prepares", async () => {
    const db = await open("prepared");
    await db.insert(users).values(PEOPLE);
    const query = db
      .select()
      .from(users)
      .where(eq(users.id, sql.placeholder("id")))
      .prepare();
    expect((await query.get({ id: 2 }))?.name).toBe("Bob");
    expect((await query.all({ id: 3 })).map(({ name }) => name)).toEqual(["Cyd"]);
  });
});

describe("drizzle-orm/durable-sqlite", () => {
  const namespace = databases(env);
  const stub = (name: string) => namespace.get(namespace.idFromName(`drizzle durable ${name}`));

  it("runs on the object's storage", () =>
    inside(stub("basic"), ({ storage }) => {
      const db = drizzleDurable(storage);
      for (const text of SCHEMA) db.run(sql.raw(text));
      expect(db.insert(users).values(PEOPLE).returning().all().length).toBe(3);
      db.update(users).set({ score: 7 }).where(eq(users.name, "Bob")).run();
      const scores = db.select({ score: users.score }).from(users).orderBy(asc(users.id)).all();
      expect(scores.map(({ score }) => score)).toEqual([9.5, 7, 3]);
      expect(db.select().from(users).where(eq(users.id, 1)).get()).toEqual({
        id: 1,
        active: true,
        ...PEOPLE[0],
      });
      db.delete(users).where(gt(users.id, 1)).run();
      expect(db.all(sql`SELECT name FROM users`)).toEqual([{ name: "Ada" }]);
      expect(db.get(sql`SELECT count(*) AS n FROM users`)).toEqual({ n: 1 });
    }));

  it("runs transactions, nested ones too", () =>
    inside(stub("transactions"), ({ storage }) => {
      const db = drizzleDurable(storage);
      for (const text of SCHEMA) db.run(sql.raw(text));
      db.transaction((tx) => {
        tx.insert(users).values({ name: "kept" }).run();
        expect(() =>
          tx.transaction((inner) => {
            inner.insert(users).values({ name: "undone" }).run();
            throw new Error("stop");
          }),
        ).toThrow("stop");
      });
      expect(() =>
        db.transaction((tx) => {
          tx.delete(users).run();
          tx.rollback();
        }),
      ).toThrow();
      expect(db.select({ name: users.name }).from(users).all()).toEqual([{ name: "kept" }]);
    }));

  it("leaves the rest of the storage as it is", () =>
    inside(stub("rest"), async ({ storage }) => {
      await storage.put("key", 1);
      expect(await storage.get("key")).toBe(1);
      expect(storage.sql.databaseSize).toBeGreaterThan(0);
      await storage.sync();
      expect(() => storage.transaction(async () => {})).toThrow(
        expect.objectContaining({ code: "Unsupported" }),
      );
    }));
});
