import type { Claim } from '@stemma/events';

const RELATIONS = ['finetune', 'adapter', 'quantized', 'merge'] as const;
const BASES_MAX = 16;
const TAGS_MAX = 1_000;

/** `org/name`, or a bare name as of the Hub's first models; not `.`, `..` or anything that contains `..`. */
const BASE = /^(?!.*\.\.)(?!\.)[\w.-]{1,96}(?:\/(?!\.)[\w.-]{1,96})?$/;

/** What can be believed to be a reference to a model, cut to a bounded number, each once, in the order given. */
function bases(values: readonly unknown[]): string[] {
  const names = values.filter((value): value is string => typeof value === 'string' && BASE.test(value));
  return [...new Set(names)].slice(0, BASES_MAX);
}

const relationOf = (value: unknown): (typeof RELATIONS)[number] | null =>
  RELATIONS.find((relation) => relation === value) ?? null;

/**
 * What a card says about its base: from the front matter (`base_model`, a name or several, and `base_model_relation`),
 * else from the tags that the Hub derives from it (`base_model:org/x`, `base_model:finetune:org/x`). Both come from
 * strangers: what is no model name or no word of the Hub's four is passed over. Null where nothing is left.
 */
export function claimOf(cardData: unknown, tags: unknown): Claim | null {
  const card = typeof cardData === 'object' && cardData !== null ? (cardData as Record<string, unknown>) : {};
  const tagged = tagClaims(tags);
  const stated = card['base_model'];
  const fromCard = bases(Array.isArray(stated) ? (stated as unknown[]).slice(0, TAGS_MAX) : [stated]);
  const baseModels = fromCard.length > 0 ? fromCard : bases(tagged.map(({ base }) => base));
  if (baseModels.length === 0) return null;
  const fromTags = tagged.find(
    ({ base, relation }) => relation !== null && baseModels.includes(base),
  )?.relation;
  return { baseModels, relation: relationOf(card['base_model_relation']) ?? fromTags ?? null };
}

/** `base_model:` tags with their relation, where they have one. */
function tagClaims(tags: unknown): { base: string; relation: string | null }[] {
  if (!Array.isArray(tags)) return [];
  return (tags as unknown[]).slice(0, TAGS_MAX).flatMap((tag) => {
    if (typeof tag !== 'string' || !tag.startsWith('base_model:')) return [];
    const [first = '', ...rest] = tag.slice('base_model:'.length).split(':');
    const relation = rest.length > 0 ? relationOf(first) : null;
    return [{ base: relation === null ? [first, ...rest].join(':') : rest.join(':'), relation }];
  });
}
