import { z } from 'zod';
import { parsePlace, partitionBeyond, type FeedPlace } from '../read-model/feed-place';
import { badParameter, type ProblemError } from './problem';

const CHARACTERS_MAX = 4_096;

const SYNTAX = /^\d{1,16}(,\d{1,16})*$/;
const EXPECTED = 'expected whole numbers joined by commas, one for each partition of the log';

/** A place in the feed as a query string gives it; what it means depends on the number of partitions. */
export const feedPlace = z
  .string({ error: EXPECTED })
  .max(CHARACTERS_MAX, EXPECTED)
  .regex(SYNTAX, EXPECTED)
  .meta({ examples: ['0', '402', '402,13,0'] });

/**
 * The place that `text` names in a feed that ends at `end`; it may be beyond that.
 * @throws ProblemError 400 where it is of another feed.
 */
export function placeIn(end: FeedPlace, parameter: string, text: string): FeedPlace {
  const parsed = feedPlace.safeParse(text);
  if (!parsed.success) throw badParameter(parameter, `${parameter}: ${parsed.error.issues[0]?.message}.`);
  const place = parsePlace(text, end.length);
  if (place !== null && place.every(Number.isSafeInteger)) return place;
  const numbers = text.split(',').length;
  const found = place === null ? `found ${numbers}` : 'found one that is too large';
  const detail = `${parameter}: ${EXPECTED} (${end.length}, or 0 for the beginning), ${found}.`;
  throw badParameter(parameter, detail);
}

/** What to answer where a place is beyond the end; null where it is not. */
export function beyondTheEnd(parameter: string, place: FeedPlace, end: FeedPlace): ProblemError | null {
  const partition = partitionBeyond(place, end);
  if (partition === undefined) return null;
  const where = end.length === 1 ? '' : ` of partition ${partition}`;
  const detail =
    `${parameter}: ${place[partition]} is beyond the newest change${where}, ${end[partition]}. A place is good for the index ` +
    'that gave it only: begin again with after=0.';
  return badParameter(parameter, detail);
}
