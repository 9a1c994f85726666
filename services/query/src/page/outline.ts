import type { DrawnMember } from '../api/schemas';
import { modelPath, percent, plural } from './figures';
import { html, type Markup } from './html';

/** A tree as nested lists: the drawing for those who cannot see it, and for every machine without SVG. */
export function outline(members: readonly DrawnMember[], current: string): Markup {
  const childrenOf = new Map<string | undefined, DrawnMember[]>();
  const shown = new Set(members.map(({ model }) => model));
  for (const member of members) {
    const parent = member.parent !== null && shown.has(member.parent) ? member.parent : undefined;
    childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), member]);
  }
  return list(childrenOf, undefined, current);
}

function list(
  childrenOf: ReadonlyMap<string | undefined, DrawnMember[]>,
  parent: string | undefined,
  current: string,
): Markup {
  const entries = (childrenOf.get(parent) ?? []).map(
    (member) =>
      html`<li>
        <a href="${modelPath(member.model)}" ${member.model === current && html`aria-current="page"`}
          >${member.model}</a
        >
        <small>${said(member)}</small>
        ${childrenOf.has(member.model) && list(childrenOf, member.model, current)}
      </li>`,
  );
  return html`<ul>
    ${entries}
  </ul>`;
}

function said({ parent, relation, verdict, confidence, state, hidden }: DrawnMember): string {
  const words = parent === null ? ['root'] : [relation ?? 'related', percent(confidence)];
  if (verdict === 'uncertain' || verdict === 'variant') words.push(verdict);
  if (state !== 'live') words.push(state);
  if (hidden > 0) words.push(`${plural(hidden, 'child').replace('childs', 'children')} not shown`);
  return words.join(', ');
}
