import { Inject, Injectable } from '@nestjs/common';
import { QUERY_LIMITS, type QueryLimits } from '../query-options';
import type { Label } from '../read-model/lineage-state';
import { namesWith, nearNames } from '../read-model/near-names';
import { ReadModel } from '../read-model/read-model';
import { placeOf } from './cursor';
import { badCursor, notYet, unknownModel } from './problem';

const SUGGESTIONS_MAX = 3;

const RETRY_AFTER_S = 1;

/** Longer names are no names, and comparing them with all names would cost. */
const NAME_CHARACTERS_MAX = 193;

/** Finds the model that a request names, or says what was probably meant. */
@Injectable()
export class ModelLookup {
  #searches = 0;

  constructor(
    @Inject(ReadModel) private readonly model: ReadModel,
    @Inject(QUERY_LIMITS) private readonly limits: QueryLimits,
  ) {}

  find(name: string): Label | undefined {
    const label = this.model.state.find(name);
    return label !== undefined && this.model.state.stateOf(label) !== 'named' ? label : undefined;
  }

  /** @throws ProblemError 404 with similar names, and with the reason where the model was rejected. */
  async require(org: string, name: string): Promise<Label> {
    const full = `${org}/${name}`;
    const label = this.find(full);
    if (label !== undefined) return label;
    const reject = this.model.rejects.of(full);
    const rejected = reject && { rejected: { reason: reject.reason, detail: reject.detail } };
    throw unknownModel(full, await this.similar(full, SUGGESTIONS_MAX), rejected);
  }

  /** Similar names; none where too many searches are running already. */
  async similar(name: string, limit: number): Promise<string[]> {
    if (this.#searches >= this.limits.searchesMax || name.length > NAME_CHARACTERS_MAX) return [];
    return this.#searching(() => nearNames(this.model.state, name, limit));
  }

  /**
   * The first living models with `part` in their name, upper or lower case.
   * @throws ProblemError 503 where too many searches are running already.
   */
  async search(part: string, limit: number): Promise<{ labels: Label[]; more: boolean }> {
    if (this.#searches >= this.limits.searchesMax)
      throw notYet('Too many searches are running.', RETRY_AFTER_S);
    return this.#searching(() => namesWith(this.model.state, part, limit));
  }

  async #searching<T>(search: () => Promise<T>): Promise<T> {
    this.#searches++;
    try {
      return await search();
    } finally {
      this.#searches--;
    }
  }

  /**
   * The model that a cursor of `route` names.
   * @throws ProblemError 400 where it is no longer among those that the route pages through.
   */
  resume(
    route: string,
    cursor: string | undefined,
    isStillThere: (label: Label) => boolean,
  ): Label | undefined {
    const place = placeOf(route, cursor, 'string');
    if (place === undefined) return undefined;
    const label = this.model.state.find(place[0]);
    if (label === undefined || !isStillThere(label))
      throw badCursor(`The tree has changed: ${place[0]} is elsewhere now.`);
    return label;
  }
}
