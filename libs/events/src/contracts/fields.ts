import { z } from 'zod';

/**
 * The field types that every event is made of. All of it arrives from outside, so every string and list has a
 * bound. Unknown fields are dropped, not refused: a newer writer may say more than we read.
 */

const TOKEN = /^(?!\.{1,2}$)[A-Za-z0-9._-]+$/;
const PART = String.raw`(?!\.(?:/|$))[A-Za-z0-9._-]{1,96}`;

/**
 * `org/name`, as a hub spells it. Never `.` or `..`, nor anything with `..` in it: names become paths and URLs.
 */
export const repo = z
  .string()
  .max(193)
  .regex(new RegExp(String.raw`^(?!.*\.\.)${PART}/${PART}$`), 'expected org/name');

/** A revision: 40 hex digits on a git hub, any short token elsewhere. */
export const sha = z.string().min(1).max(64).regex(TOKEN, 'expected a revision of [A-Za-z0-9._-]');

/** An architecture key (DESIGN 3.1): 64 hex digits, read as any short token. */
export const architecture = z.string().min(1).max(64).regex(TOKEN, 'expected an architecture key');

export const hub = z.string().min(1).max(256);

/** RFC 3339 in UTC. */
export const instant = z.iso.datetime();

export const bytes = z.number().int().nonnegative();

export const contentHash = z
  .string()
  .min(1)
  .max(136)
  .regex(/^[A-Za-z0-9:._-]+$/, 'expected a content hash');

/**
 * What a model card says about its base model, as it says it: a base may be a path or a URL, so only its length
 * is checked.
 */
export const claim = z.object({
  baseModels: z.array(z.string().min(1).max(512)).max(64),
  relation: z.string().max(64).nullable(),
});

export type Claim = z.infer<typeof claim>;
