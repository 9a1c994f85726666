import type { Models, Status } from '@stemma/query';

/** Asks a query service that listens on `url`. */
export class Asking {
  constructor(readonly url: string) {}

  async get<Answer>(route: string): Promise<Answer> {
    const response = await fetch(this.url + route);
    if (!response.ok) throw new Error(`${route}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Answer;
  }

  status = (): Promise<Status> => this.get('/v1/status');

  /** Model → parent of everything that lives. */
  async forest(): Promise<Map<string, string | null>> {
    const forest = new Map<string, string | null>();
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: Models = await this.get(`/v1/models?limit=500${cursor === '' ? '' : `&cursor=${cursor}`}`);
      for (const { model, parent } of page.models) forest.set(model, parent);
      cursor = page.next;
    }
    return forest;
  }

  /** Waits until so many models live and nothing is pending, and the counts stay so for a moment. */
  async untilModels(models: number, timeoutMs: number, stillMs = 1_000): Promise<Status> {
    const giveUpMs = Date.now() + timeoutMs;
    let last = '';
    let sinceMs = Date.now();
    for (;;) {
      const status = await this.status().catch(() => null);
      const text = JSON.stringify(status);
      if (text !== last) [last, sinceMs] = [text, Date.now()];
      const isThere = status !== null && status.models === models && status.caughtUp;
      if (isThere && Date.now() - sinceMs >= stillMs) return status;
      if (Date.now() > giveUpMs)
        throw new Error(`still ${text} after ${timeoutMs} ms, expected ${models} models`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Waits until the models and their parents are these; shows what is there where they never are. */
  async untilForest(expected: ReadonlyMap<string, string | null>, timeoutMs: number): Promise<void> {
    const textOf = (forest: ReadonlyMap<string, string | null>): string =>
      [...forest]
        .map(([model, parent]) => `${model} ← ${parent}`)
        .sort()
        .join('\n');
    const giveUpMs = Date.now() + timeoutMs;
    for (let found = ''; found !== textOf(expected);) {
      if (Date.now() > giveUpMs) throw new Error(`still this after ${timeoutMs} ms:\n${found}`);
      found = textOf(await this.forest().catch(() => new Map()));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
