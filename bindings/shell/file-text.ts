import { createReadStream } from "node:fs";

export interface TextPiece {
  text: string;
  /** Of the file, up to the piece's end. */
  bytes: number;
}

/** A file's text, or another stream's, in pieces of whole lines (the last may lack its end). */
export async function* wholeLines(
  source: string | NodeJS.ReadableStream,
): AsyncGenerator<TextPiece, void> {
  const stream = typeof source === "string" ? createReadStream(source) : source;
  const decoder = new TextDecoder(); // takes a byte order mark away
  let rest = "";
  let bytes = 0;
  for await (const chunk of stream) {
    const part = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    bytes += part.length;
    const text = rest + decoder.decode(part, { stream: true });
    const end = text.lastIndexOf("\n") + 1;
    rest = text.slice(end);
    if (end > 0) yield { text: text.slice(0, end), bytes };
  }
  rest += decoder.decode();
  if (rest !== "") yield { text: rest, bytes };
}
