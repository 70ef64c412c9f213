/** Why a body is not read. */
export interface BodyRefusal {
  status: 400 | 413;
  message: string;
}

/** The body as text; a refusal when it passes `max` bytes, of which no more are then read, or is not UTF-8. */
export async function bodyText(
  request: Request,
  max: number = BODY_BYTES_MAX,
): Promise<string | BodyRefusal> {
  const large: BodyRefusal = { status: 413, message: `the body passes ${max} bytes` };
  if (Number(request.headers.get("content-length") ?? 0) > max) return large;
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let size = 0;
  try {
    for await (const chunk of request.body ?? []) {
      size += (chunk as Uint8Array).length;
      if (size > max) return large;
      text += decoder.decode(chunk as Uint8Array, { stream: true });
    }
    return text + decoder.decode();
  } catch {
    return { status: 400, message: "the body is not UTF-8, or did not come whole" };
  }
}

// A commit's JSON takes up to 40 times its text while it is worked on.
const BODY_BYTES_MAX = 1 << 20;
