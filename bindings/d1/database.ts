import { RemoteObject, type Callee, type ObjectNamespace } from "../rpc/remote.ts";
import { DoSQLError } from "../sql/error.ts";
import type { ExecResult, Result, Row } from "./result.ts";
import { PreparedStatement, toResult } from "./statement.ts";
import { fromTemplate, type TemplateStatement } from "./template.ts";

/**
 * The database of this name, in the shape of D1Database. `namespace` binds a class that is or
 * extends DoSQL; nothing is sent before the first statement runs.
 */
export function connect(namespace: ObjectNamespace, name: string): Database {
  if (typeof namespace?.idFromName !== "function") {
    throw new DoSQLError("Misuse", "connect takes a binding to objects of a class like DoSQL", {
      hint: "name the class under durable_objects.bindings and new_sqlite_classes in wrangler.toml",
    });
  }
  return new Database(new RemoteObject(namespace, name));
}

/**
 * Database: a DoSQL object as a Worker sees it. Every call is one round trip. Calls that were not
 * awaited arrive in their order.
 *
 * Throws DoSQLError for what the database refuses; what the platform throws (an object that
 * restarts or is overloaded) comes through as it is.
 */
export class Database {
  readonly #object: Callee;

  constructor(object: Callee) {
    this.#object = object;
  }

  prepare(sql: string): PreparedStatement {
    return new PreparedStatement(this.#object, String(sql), []);
  }

  /** sql`SELECT * FROM t WHERE id = ${id}`: a statement whose parameters are the values. */
  readonly sql = (strings: TemplateStringsArray, ...values: unknown[]): TemplateStatement =>
    fromTemplate(this.#object, strings, values);

  /** Runs statements that happen all or not at all. */
  async batch<T = Row>(statements: PreparedStatement[]): Promise<Result<T>[]> {
    if (statements.length === 0) return [];
    const queries = statements.map(({ sql, params }) => ({ sql, params }));
    const { results, size } = await this.#object.call({ queries, atomic: true });
    return results.map((result) => toResult(result, size));
  }

  /** Runs a text of any number of statements without parameters; what precedes an error stays. */
  async exec(sql: string): Promise<ExecResult> {
    const { results } = await this.#object.call({ queries: [{ sql }] });
    const [{ statements: count, meta }] = results;
    return { count, duration: meta.duration };
  }

  /** For code that uses D1's sessions: there is one copy of the database, which is always up to date. */
  withSession(_constraintOrBookmark?: string): Session {
    return {
      prepare: (sql) => this.prepare(sql),
      batch: (statements) => this.batch(statements),
      getBookmark: () => null,
    };
  }

  /** Not offered; always throws. */
  async dump(): Promise<ArrayBuffer> {
    throw new DoSQLError("Unsupported", "dump is not supported: the stored format is DoSQL's own", {
      hint: "npx dosql URL --token TOKEN .dump writes SQL",
    });
  }
}

export interface Session {
  prepare(sql: string): PreparedStatement;
  batch<T = Row>(statements: PreparedStatement[]): Promise<Result<T>[]>;
  getBookmark(): null;
}
