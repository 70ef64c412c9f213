import type { Callee } from "../rpc/remote.ts";
import type { SqlParameter } from "../sql/value.ts";
import { toParameters } from "./parameter.ts";
import type { Row } from "./result.ts";
import { PreparedStatement } from "./statement.ts";

/**
 * TemplateStatement: what the tag `sql` makes. It is a statement, and awaited it is its rows. Not a
 * query before one of its methods or `await` runs it.
 */
export class TemplateStatement extends PreparedStatement implements PromiseLike<Row[]> {
  then<A = Row[], B = never>(
    fulfilled?: ((rows: Row[]) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.all()
      .then(({ results }) => results)
      .then(fulfilled, rejected);
  }
}

/** Every value in the text becomes a parameter; a statement made by this tag is a part of the text. */
export function fromTemplate(
  object: Callee,
  strings: readonly string[],
  values: readonly unknown[],
): TemplateStatement {
  let text = strings[0];
  const params: SqlParameter[] = [];
  values.forEach((value, i) => {
    if (value instanceof TemplateStatement) {
      text += value.sql;
      params.push(...value.params);
    } else {
      text += "?";
      params.push(...toParameters([value]));
    }
    text += strings[i + 1];
  });
  return new TemplateStatement(object, text, params);
}
