import type { HubWait } from '@stemma/hub';
import { Counter, Gauge, type Registry } from 'prom-client';

/** What a hub's client says of itself. */
export interface HubClientFigures {
  readonly cost: { readonly requests: number; readonly bytes: number };
}

/** What asking the hub costs and how much of it is waiting. */
export class HubMetrics {
  /** Asked whenever the metrics are collected, as soon as there is one. */
  client: HubClientFigures | null = null;
  readonly #waited: Counter<'why'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#waited = new Counter({
      name: 'stemma_hub_wait_seconds_total',
      help: 'Time that requests to the hub waited, by why.',
      labelNames: ['why'],
      registers,
    });
    const cost = () => this.client?.cost ?? { requests: 0, bytes: 0 };
    new Counter({
      name: 'stemma_hub_requests_total',
      help: 'Requests sent to the hub, redirects included.',
      registers,
      collect() {
        this.reset();
        this.inc(cost().requests);
      },
    });
    new Counter({
      name: 'stemma_hub_received_bytes_total',
      help: 'Bytes of bodies that the hub sent.',
      registers,
      collect() {
        this.reset();
        this.inc(cost().bytes);
      },
    });
  }

  waited(why: HubWait, ms: number): void {
    this.#waited.inc({ why }, ms / 1_000);
  }
}

/** What one walk of a listing did, in models. */
export interface WalkFigures {
  readonly listed: number;
  readonly published: number;
  readonly deleted: number;
}

/** How the walks of the hub's listing go. */
export class WalkMetrics {
  readonly #walks: Counter<'outcome'>;
  readonly #published: Counter<'kind'>;
  readonly #listed: Gauge;
  readonly #finished: Gauge;
  readonly #seen: Gauge;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#walks = new Counter({
      name: 'stemma_walks_total',
      help: 'Walks of the listing, by how they ended.',
      labelNames: ['outcome'],
      registers,
    });
    this.#published = new Counter({
      name: 'stemma_walk_models_total',
      help: 'Models that walks have published, by what was published of them.',
      labelNames: ['kind'],
      registers,
    });
    this.#listed = new Gauge({
      name: 'stemma_walk_listed_models',
      help: 'Models that the last complete walk was shown.',
      registers,
    });
    this.#finished = new Gauge({
      name: 'stemma_walk_finished_timestamp_seconds',
      help: 'Unix time of the end of the last complete walk.',
      registers,
    });
    this.#seen = new Gauge({
      name: 'stemma_watched_models',
      help: 'Repositories that were published and have not been deleted.',
      registers,
    });
  }

  walked({ listed, published, deleted }: WalkFigures, modelsSeen: number): void {
    this.#walks.inc({ outcome: 'complete' });
    this.#published.inc({ kind: 'revision' }, published);
    this.#published.inc({ kind: 'deletion' }, deleted);
    this.#listed.set(listed);
    this.#seen.set(modelsSeen);
    this.#finished.setToCurrentTime();
  }

  unavailable(): void {
    this.#walks.inc({ outcome: 'unavailable' });
  }
}
