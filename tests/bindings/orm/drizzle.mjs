import assert from "node:assert/strict";
import Client from "better-sqlite3";
import { and, asc, count, desc, eq, gt, inArray, relations, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/better-sqlite3";
import { migrate } from "drizzle-orm/better-sqlite3/migrator";
import { blob, integer, real, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { mkdirSync, writeFileSync } from "node:fs";
import { feature } from "./features.mjs";

const users = sqliteTable("users", {
  id: integer("id").primaryKey({ autoIncrement: true }),
  name: text("name").notNull(),
  active: integer("active", { mode: "boolean" }).notNull().default(true),
  joined: integer("joined", { mode: "timestamp" }),
  tags: text("tags", { mode: "json" }),
  score: real("score"),
  photo: blob("photo", { mode: "buffer" }),
});
const posts = sqliteTable("posts", {
  id: integer("id").primaryKey(),
  userId: integer("user_id").notNull(),
  title: text("title").notNull(),
});
const schema = {
  users,
  posts,
  userRelations: relations(users, ({ many }) => ({ posts: many(posts) })),
  postRelations: relations(posts, ({ one }) => ({
    user: one(users, { fields: [posts.userId], references: [users.id] }),
  })),
};
const client = new Client();
const db = drizzle({ client, schema });

await feature("runs DDL", () => {
  db.run(sql`CREATE TABLE users (id integer PRIMARY KEY AUTOINCREMENT NOT NULL, name text NOT NULL,
    active integer DEFAULT true NOT NULL, joined integer, tags text, score real, photo blob)`);
  client.exec(
    "CREATE TABLE `posts` (`id` integer PRIMARY KEY NOT NULL, `user_id` integer NOT NULL, `title` text NOT NULL);",
  );
  client.exec("CREATE INDEX `posts_user` ON `posts` (`user_id`)");
});
await feature("inserts", () => {
  const joined = new Date(1_700_000_000_000);
  const answer = db
    .insert(users)
    .values([
      { name: "Ada", joined, tags: ["a", "b"], score: 1.5, photo: Buffer.from("png") },
      { name: "Grace", active: false },
    ])
    .run();
  assert.deepEqual({ ...answer }, { changes: 2, lastInsertRowid: 2 });
  db.insert(posts)
    .values([1, 2, 3].map((id) => ({ id, userId: id < 3 ? 1 : 2, title: `post ${id}` })))
    .run();
});
await feature("selects typed columns", () => {
  const [ada, grace] = db.select().from(users).orderBy(asc(users.id)).all();
  assert.equal(ada.joined.getTime(), 1_700_000_000_000);
  assert.deepEqual(ada.tags, ["a", "b"]);
  assert.equal(String(ada.photo), "png");
  assert.deepEqual([ada.active, grace.active, grace.score], [true, false, null]);
});
await feature("selects with conditions", () => {
  const rows = db
    .select({ id: posts.id })
    .from(posts)
    .where(and(gt(posts.id, 1), inArray(posts.userId, [1, 2])))
    .orderBy(desc(posts.id))
    .limit(1)
    .offset(1)
    .all();
  assert.deepEqual(rows, [{ id: 2 }]);
  assert.deepEqual(db.select().from(posts).where(eq(posts.id, 9)).get(), undefined);
  assert.deepEqual(db.select({ t: posts.title }).from(posts).values(), [
    ["post 1"],
    ["post 2"],
    ["post 3"],
  ]);
});
await feature("awaits", async () => assert.equal((await db.select().from(posts)).length, 3));
await feature("joins", () => {
  const rows = db
    .select()
    .from(posts)
    .innerJoin(users, eq(posts.userId, users.id))
    .where(eq(posts.id, 3))
    .all();
  assert.equal(rows[0].users.name, "Grace");
});
await feature("left joins", () => {
  const rows = db.select().from(users).leftJoin(posts, eq(posts.userId, users.id)).all();
  assert.equal(rows.length, 3);
});
await feature("groups and counts", () => {
  const rows = db
    .select({ user: posts.userId, n: count() })
    .from(posts)
    .groupBy(posts.userId)
    .orderBy(posts.userId)
    .all();
  assert.deepEqual(rows, [
    { user: 1, n: 2 },
    { user: 2, n: 1 },
  ]);
});
await feature("updates", () => {
  assert.equal(
    db
      .update(users)
      .set({ score: sql`${users.score} + 1` })
      .where(eq(users.id, 1))
      .run().changes,
    1,
  );
});
await feature("deletes", () => {
  assert.equal(db.delete(posts).where(eq(posts.id, 3)).run().changes, 1);
});
await feature("prepares with placeholders", () => {
  const byId = db
    .select()
    .from(users)
    .where(eq(users.id, sql.placeholder("id")))
    .prepare();
  assert.equal(byId.get({ id: 2 }).name, "Grace");
  assert.equal(byId.all({ id: 1 })[0].name, "Ada");
});
await feature("commits, rolls back and nests transactions", () => {
  assert.throws(
    () =>
      db.transaction((tx) => {
        tx.delete(posts).run();
        tx.rollback();
      }),
    /[Rr]ollback/,
  );
  db.transaction(
    (tx) => {
      tx.insert(posts).values({ id: 7, userId: 2, title: "seven" }).run();
      try {
        tx.transaction((inner) => {
          inner.delete(posts).run();
          throw new Error("inner");
        });
      } catch (error) {
        assert.equal(error.message, "inner");
      }
    },
    { behavior: "immediate" },
  );
  assert.equal(db.select({ n: count() }).from(posts).get().n, 3);
});
await feature("returns inserted rows", () => {
  assert.deepEqual(
    db.insert(posts).values({ id: 8, userId: 1, title: "eight" }).returning().get(),
    { id: 8, userId: 1, title: "eight" },
  );
});
await feature("upserts", () => {
  db.insert(posts)
    .values({ id: 1, userId: 1, title: "again" })
    .onConflictDoUpdate({ target: posts.id, set: { title: "again" } })
    .run();
  assert.equal(db.select().from(posts).where(eq(posts.id, 1)).get().title, "again");
});
await feature("subqueries", () => {
  const sub = db.select({ id: users.id }).from(users).where(eq(users.name, "Ada")).as("sub");
  assert.ok(
    db.select({ t: posts.title }).from(posts).innerJoin(sub, eq(sub.id, posts.userId)).all()
      .length > 0,
  );
});
await feature("relational queries", () => {
  const rows = db.query.users.findMany({ with: { posts: true } }).sync();
  assert.equal(rows.length, 2);
});
await feature("migrates", () => {
  mkdirSync("drizzle/meta", { recursive: true });
  writeFileSync(
    "drizzle/0000_first.sql",
    "CREATE TABLE `m` (`a` integer);\n--> statement-breakpoint\nCREATE INDEX `m_a` ON `m` (`a`);",
  );
  writeFileSync(
    "drizzle/meta/_journal.json",
    JSON.stringify({
      version: "7",
      dialect: "sqlite",
      entries: [{ idx: 0, version: "6", when: 1, tag: "0000_first", breakpoints: true }],
    }),
  );
  migrate(db, { migrationsFolder: "drizzle" });
  migrate(db, { migrationsFolder: "drizzle" });
  client.exec("INSERT INTO m VALUES (1)");
});
