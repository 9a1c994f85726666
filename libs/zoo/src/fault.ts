import type { HubRoute, HubRouteName } from './hub-route';

/** What goes wrong. Sizes in bytes. */
export type FaultEffect =
  /** Answers with an error status, as the Hub does: JSON, `X-Error-Code`, and what it says about waiting. */
  | {
      readonly type: 'status';
      readonly status: number;
      readonly errorCode?: string;
      readonly retryAfterSeconds?: number;
      /** Seconds in the `RateLimit` header: `"api";r=0;t=5`. */
      readonly rateLimitSeconds?: number;
    }
  /** Announces the whole length, sends `bytes` of it and cuts the connection. */
  | { readonly type: 'truncate'; readonly bytes: number }
  /** Announces the whole length, sends `bytes` of it and then nothing, for as long as the client waits. */
  | { readonly type: 'stall'; readonly bytes: number }
  /** A well-formed 206 that holds only the first `bytes` of the range. */
  | { readonly type: 'short'; readonly bytes: number }
  /** Answers a range with 200 and the whole file. */
  | { readonly type: 'ignore-range' }
  /** `Content-Range` gives `size` as the file's size. */
  | { readonly type: 'wrong-total'; readonly size: number }
  /** The file holds these bytes from `at` on: `bytes: lyingHeader()` at 0 makes a safetensors header lie. */
  | { readonly type: 'overwrite'; readonly at: number; readonly bytes: Uint8Array }
  /** Answers after so long. Other faults of the same request still happen. */
  | { readonly type: 'delay'; readonly delayMs: number }
  /** Cuts the connection before any answer. */
  | { readonly type: 'reset' }
  /** The tree lists no weight files. */
  | { readonly type: 'no-weights' }
  /** Sends the client elsewhere. */
  | { readonly type: 'redirect'; readonly location: string }
  /** Status 200 with this text in place of the JSON, and a `Link` header when given. */
  | { readonly type: 'body'; readonly body: string; readonly link?: string };

/** An effect, where it happens (everything left out matches anything) and how often. */
export type Fault = FaultEffect & {
  readonly repo?: string;
  readonly path?: string;
  readonly on?: HubRouteName;
  /** How many matching requests it hits; default all. */
  readonly times?: number;
};

/** The first eight bytes of a safetensors file that announces a header of one tebibyte. */
export function lyingHeader(): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(2n ** 40n);
  return bytes;
}

/** The faults that are still to happen. */
export class FaultPlan {
  readonly #pending: { fault: Fault; left: number }[] = [];

  constructor(faults: readonly Fault[] = []) {
    for (const fault of faults) this.add(fault);
  }

  add(fault: Fault): void {
    this.#pending.push({ fault, left: fault.times ?? Infinity });
  }

  clear(): void {
    this.#pending.length = 0;
  }

  /** The faults that hit this request, in the order they were added; each is used up by one. */
  take(route: HubRoute): readonly Fault[] {
    const hits = this.#pending.filter(({ fault, left }) => left > 0 && matches(fault, route));
    for (const hit of hits) hit.left -= 1;
    return hits.map((hit) => hit.fault);
  }
}

function matches(fault: Fault, route: HubRoute): boolean {
  const { repo, path } = { repo: undefined, path: undefined, ...route };
  return (
    (fault.on === undefined || fault.on === route.name) &&
    (fault.repo === undefined || fault.repo === repo) &&
    (fault.path === undefined || fault.path === path)
  );
}
