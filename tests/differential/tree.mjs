// SQL as a tree that can be made smaller: text, or nodes of
//
//   expr  an expression: may become any expression inside it, or NULL or 1
//   opt   may go
//   list  parts joined by `sep`: all but `min` may go
//   seq   parts one behind the other

export const seq = (...parts) => ({ kind: "seq", parts });
export const expr = (...parts) => ({ kind: "expr", parts });
export const opt = (...parts) => ({ kind: "opt", parts });
export const list = (parts, sep = ", ", min = 1) => ({ kind: "list", parts, sep, min });

export function render(node) {
  if (typeof node === "string") return node;
  if (node.kind === "list") return node.parts.map(render).join(node.sep);
  let text = "";
  for (const part of node.parts) text += render(part);
  return text;
}

/** Every tree that is one step smaller; each shares what it can with `node`. Lazy. */
export function* smaller(node) {
  if (typeof node === "string") return;
  const { kind, parts } = node;
  if (kind === "opt" && parts.length > 0) yield { ...node, parts: [] };
  if (kind === "expr") {
    const text = render(node);
    for (const inner of expressionsIn(node)) yield inner;
    for (const leaf of ["NULL", "1", "0"]) if (text !== leaf && text.length > leaf.length) yield expr(leaf);
  }
  if (kind === "list" && parts.length > node.min) {
    const half = parts.length >> 1;
    if (half > 1 && parts.length - half >= node.min) {
      yield { ...node, parts: parts.slice(0, half) };
      yield { ...node, parts: parts.slice(half) };
    }
    for (let i = 0; i < parts.length; i++) yield { ...node, parts: parts.toSpliced(i, 1) };
  }
  for (let i = 0; i < parts.length; i++) for (const less of smaller(parts[i])) yield { ...node, parts: parts.with(i, less) };
}

/** The nearest expressions inside a node. */
function* expressionsIn(node) {
  for (const part of node.parts) {
    if (typeof part === "string") continue;
    if (part.kind === "expr") yield part;
    else yield* expressionsIn(part);
  }
}
