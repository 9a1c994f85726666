import { rejected, type HubRejected } from './outcome';
import type { Purpose } from './purpose';

const RETRIED = new Set([408, 425, 429]);

/**
 * What an error answer of the Hub means for good; null where it may pass. Strangers are told 401 for a repository that is
 * missing, as for one that is private.
 */
export function refusedBy(response: Response, { subject }: Purpose, hasToken: boolean): HubRejected | null {
  const { status } = response;
  if (status >= 500 || RETRIED.has(status)) return null;
  const code = response.headers.get('x-error-code');
  if (code === 'GatedRepo') {
    return rejected(
      'gated',
      `${subject} is gated: its terms must be accepted on the hub, and a token given that did.`,
    );
  }
  if (status === 404 || status === 410 || code === 'RepoNotFound' || (status === 401 && !hasToken)) {
    const what =
      code === 'RevisionNotFound' ? 'that revision' : code === 'EntryNotFound' ? 'that file' : 'it';
    return rejected(
      'not-found',
      `${subject}: the hub does not have ${what}, or does not show it (it answered ${status}).`,
    );
  }
  if (status === 401)
    return rejected('unauthorized', `${subject}: the hub does not take the token (it answered 401).`);
  if (status === 403 || status === 451) {
    return rejected('forbidden', `${subject}: the hub does not serve it to us (it answered ${status}).`);
  }
  if (status === 416)
    return rejected('size-mismatch', `${subject} ends before the bytes that its listing promises.`);
  return rejected('refused', `${subject}: the hub refused with status ${status}.`);
}
