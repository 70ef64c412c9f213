import { errorResponse } from "../bindings/rpc/http.ts";
import { ObjectHost } from "../bindings/storage/object-host.ts";
import { RowKind } from "../bindings/storage/page-host.ts";
import { ChangeFeed } from "./change-feed.ts";
import { DoSQL, type DoSQLOptions } from "./dosql-object.ts";

/** ObjectHost that tells when the database has committed something. */
class WatchedHost extends ObjectHost {
  committed: () => void = () => undefined;

  override put(kind: number, number: number, data: Uint8Array): void {
    super.put(kind, number, data);
    if (kind === RowKind.Log) this.committed();
  }

  override putIf(...row: Parameters<ObjectHost["putIf"]>): boolean {
    const put = super.putIf(...row);
    if (put && row[0] === RowKind.Log) this.committed();
    return put;
  }
}

/**
 * ChangeSource: a database that pushes what is committed to the subscribers of its replication slots
 * (docs/replication.md).
 *
 * A class that extends this one and has a `fetch` or WebSockets of its own calls the handlers here
 * for paths that end with /changes, and for sockets that `subscribers.owns`.
 */
export class ChangeSource<Env = unknown> extends DoSQL<Env> {
  protected readonly subscribers: ChangeFeed;

  constructor(ctx: DurableObjectState, env: Env, options: DoSQLOptions = {}) {
    const host = new WatchedHost(ctx);
    super(ctx, env, { ...options, host });
    this.subscribers = new ChangeFeed(ctx, (query) => this.query(query));
    host.committed = () => this.committed();
  }

  /** Called behind each write of the log, in the turn that commits. */
  protected committed(): void {
    this.subscribers.wake();
  }

  override async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname.endsWith("/changes")) return this.subscribers.subscribe(request);
    return errorResponse(404, { code: "NotFound", message: `nothing is at ${pathname}` });
  }

  override async webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): Promise<void> {
    if (this.subscribers.owns(socket)) this.subscribers.message(socket, data);
  }

  override async webSocketClose(socket: WebSocket, code: number): Promise<void> {
    // 1005: it went without a code, which cannot be sent back.
    if (this.subscribers.owns(socket)) socket.close(code === 1005 ? 1000 : code);
  }
}
