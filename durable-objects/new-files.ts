import type { MetadataFiles } from "./metadata-files.ts";

/** An upload of parts that is no file yet. */
export interface Upload {
  file: string;
  id: string;
}

interface NewFile {
  /** What comes behind its last part. */
  rest: Uint8Array[];
  size: number;
  upload: R2MultipartUpload | null;
  parts: R2UploadedPart[];
  /** The part on its way. */
  sent: Promise<void>;
}

/** All parts but the last are of one size, 5 MiB at least. */
export const PART_BYTES = 8 << 20;

/**
 * NewFiles: files that come in pieces. Of a small one nothing is in the bucket before `finish`; of a
 * larger one parts are uploaded while the next pieces come, and `begun` hears of the upload before.
 */
export class NewFiles {
  readonly #bucket: MetadataFiles;
  readonly #begun: (upload: Upload) => void;
  readonly #files = new Map<string, NewFile>();

  constructor(bucket: MetadataFiles, begun: (upload: Upload) => void) {
    this.#bucket = bucket;
    this.#begun = begun;
  }

  get paths(): string[] {
    return [...this.#files.keys()];
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    let file = this.#files.get(path);
    if (file === undefined) {
      file = { rest: [], size: 0, upload: null, parts: [], sent: Promise.resolve() };
      this.#files.set(path, file);
    }
    file.rest.push(bytes);
    file.size += bytes.length;
    while (file.size > PART_BYTES) await this.#send(path, file, PART_BYTES);
  }

  /** All of them are files then. */
  async finish(): Promise<void> {
    for (const [path, file] of this.#files) {
      if (file.upload === null) {
        await this.#bucket.put(path, this.#take(file, file.size));
        continue;
      }
      await this.#send(path, file, file.size);
      await file.sent;
      await file.upload.complete(file.parts);
    }
  }

  // One part is on its way while the next one comes.
  async #send(path: string, file: NewFile, size: number): Promise<void> {
    const part = this.#take(file, size);
    await file.sent;
    if (file.upload === null) {
      file.upload = await this.#bucket.upload(path);
      this.#begun({ file: path, id: file.upload.uploadId });
    }
    const number = file.parts.length + 1;
    file.sent = file.upload.uploadPart(number, part).then((sent) => {
      file.parts.push(sent);
    });
    // Whoever waits next hears of it.
    file.sent.catch(() => undefined);
  }

  #take(file: NewFile, size: number): Uint8Array {
    const out = new Uint8Array(size);
    for (let at = 0; at < size;) {
      const bytes = file.rest[0].subarray(0, size - at);
      out.set(bytes, at);
      at += bytes.length;
      if (bytes.length < file.rest[0].length) file.rest[0] = file.rest[0].subarray(bytes.length);
      else file.rest.shift();
    }
    file.size -= size;
    return out;
  }
}
