import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Fault, FaultEffect } from './fault';
import type { HubRoute } from './hub-route';

/** One request on its way to an answer. */
export class Exchange {
  /** Bytes of body handed to the socket so far. */
  bytes = 0;

  constructor(
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
    readonly route: HubRoute,
    readonly faults: readonly Fault[],
    /** Whether it came to the second origin, where files are redirected to. */
    readonly cdn: boolean,
  ) {}

  /** The first fault of a kind that hits this request. */
  fault<T extends FaultEffect['type']>(type: T): Extract<Fault, { type: T }> | undefined {
    return this.faults.find((fault): fault is Extract<Fault, { type: T }> => fault.type === type);
  }

  json(status: number, body: unknown, headers: Record<string, string> = {}): void {
    this.text(status, JSON.stringify(body), headers);
  }

  /** Sends text that calls itself JSON, whether it is or not. */
  text(status: number, text: string, headers: Record<string, string> = {}): void {
    const bytes = Buffer.from(text);
    this.response.writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': bytes.length,
      ...headers,
    });
    if (this.request.method === 'HEAD') {
      this.response.end();
      return;
    }
    this.bytes += bytes.length;
    this.response.end(bytes);
  }

  /** Refuses as the Hub does: JSON with `error`, the reason in `X-Error-Code`. */
  refuse(status: number, code: string, message: string, headers: Record<string, string> = {}): void {
    this.json(status, { error: message }, { 'x-error-code': code, 'x-error-message': message, ...headers });
  }

  redirect(status: number, location: string): void {
    this.response.writeHead(status, { location, 'content-length': 0 }).end();
  }
}
