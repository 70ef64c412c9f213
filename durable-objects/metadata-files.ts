import { LakeError } from "../bindings/lake/dolake-module.ts";

// Metadata takes up to 40 times its text while it is worked on, in a module of 128 MB.
export const METADATA_BYTES_MAX = 2_000_000;
const KEPT_CHARS_MAX = 4_000_000;

/**
 * MetadataFiles: the catalog's files in its bucket. A file's content never changes, so what was read
 * or written is kept, the newest few MB of it.
 */
export class MetadataFiles {
  readonly #bucket: R2Bucket;
  readonly #root: string;
  readonly #kept = new Map<string, string>();
  #chars = 0;

  constructor(bucket: R2Bucket, name: string) {
    this.#bucket = bucket;
    this.#root = `s3://${name}/`;
  }

  /** Where a new table lies. The uuid makes it unique, so names need not be told apart. */
  tableLocation(namespace: string, name: string, uuid: string): string {
    const plain = (text: string): string =>
      text
        .replaceAll(/[^A-Za-z0-9_.-]/g, "_")
        .replace(/^\.+/, "_")
        .slice(0, 100);
    return `${this.#root}${namespace.split("\x1f").map(plain).join("/")}/${plain(name)}-${uuid}`;
  }

  /** Throws unless the location lies within the bucket. */
  check(location: string): void {
    const key = location.startsWith(this.#root) ? location.slice(this.#root.length) : "";
    if (
      key === "" ||
      key.length > 700 ||
      key.split("/").some((p) => p === "" || p === "." || p === "..")
    ) {
      throw new LakeError(
        400,
        "BadRequestException",
        `the location ${location} is not below ${this.#root}`,
      );
    }
  }

  /** The file's text; LakeError 404 when it is not there. */
  async read(file: string): Promise<string> {
    const kept = this.#kept.get(file);
    if (kept !== undefined) return kept;
    this.check(file);
    const found = await this.#bucket.get(file.slice(this.#root.length));
    if (found === null)
      throw new LakeError(404, "NotFoundException", `the metadata file ${file} is gone`);
    if (found.size > METADATA_BYTES_MAX) {
      throw new LakeError(400, "BadRequestException", `the metadata file ${file} passes 2 MB`);
    }
    const text = await found.text();
    this.#keep(file, text);
    return text;
  }

  /** Writes a new metadata file of a table; returns its location. */
  async write(location: string, version: number, text: string): Promise<string> {
    this.check(location);
    const name = `${String(version).padStart(5, "0")}-${crypto.randomUUID()}.metadata.json`;
    const file = `${location}/metadata/${name}`;
    await this.#bucket.put(file.slice(this.#root.length), text, {
      httpMetadata: { contentType: "application/json" },
    });
    this.#keep(file, text);
    return file;
  }

  /** Any file's bytes, or those of [from, to); LakeError 404 when it is not there. */
  async bytes(file: string, from?: number, to = 0): Promise<Uint8Array> {
    this.check(file);
    const range = from === undefined ? undefined : { offset: from, length: to - from };
    const found = await this.#bucket.get(file.slice(this.#root.length), { range });
    if (found === null) throw new LakeError(404, "NotFoundException", `the file ${file} is gone`);
    return new Uint8Array(await found.arrayBuffer());
  }

  async put(file: string, bytes: Uint8Array): Promise<void> {
    this.check(file);
    await this.#bucket.put(file.slice(this.#root.length), bytes);
  }

  /** Begins a file that comes in parts. */
  async upload(file: string): Promise<R2MultipartUpload> {
    this.check(file);
    return this.#bucket.createMultipartUpload(file.slice(this.#root.length));
  }

  /** Gives up an upload, unless it has become a file. */
  async abort(file: string, id: string): Promise<void> {
    this.check(file);
    await this.#bucket.resumeMultipartUpload(file.slice(this.#root.length), id).abort();
  }

  /** Files behind `after` whose names begin with `prefix`, in order, and when each was put. */
  async list(
    prefix: string,
    after: string,
    limit: number,
  ): Promise<{ files: { file: string; uploaded: number }[]; more: boolean }> {
    const key = (file: string): string => file.slice(this.#root.length);
    const options: R2ListOptions = { prefix: key(prefix), limit };
    if (after !== "") options.startAfter = key(after);
    const { objects, truncated } = await this.#bucket.list(options);
    const files = objects.map((o) => ({
      file: this.#root + o.key,
      uploaded: o.uploaded.getTime(),
    }));
    return { files, more: truncated };
  }

  async remove(files: string[]): Promise<void> {
    if (files.length === 0) return;
    for (const file of files) {
      this.check(file);
      this.#chars -= this.#kept.get(file)?.length ?? 0;
      this.#kept.delete(file);
    }
    await this.#bucket.delete(files.map((file) => file.slice(this.#root.length)));
  }

  /** Deletes all below a table's location, where that is one of this catalog's own making. */
  async purge(location: string): Promise<void> {
    if (
      !location.startsWith(this.#root) ||
      !/-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(location)
    )
      return;
    this.#kept.clear();
    this.#chars = 0;
    const prefix = `${location.slice(this.#root.length)}/`;
    for (;;) {
      const { objects, truncated } = await this.#bucket.list({ prefix, limit: 1000 });
      if (objects.length > 0) await this.#bucket.delete(objects.map((o) => o.key));
      if (!truncated) return;
    }
  }

  #keep(file: string, text: string): void {
    this.#kept.set(file, text);
    this.#chars += text.length;
    for (const [oldest, { length }] of this.#kept) {
      if (this.#chars <= KEPT_CHARS_MAX) break;
      this.#kept.delete(oldest);
      this.#chars -= length;
    }
  }
}
