import type { DrawnMember } from '../api/schemas';
import { modelPath, number, percent, shortName } from './figures';
import { html, type Markup } from './html';

export interface DrawingStyle {
  readonly columnWidth: number;
  readonly rowHeight: number;
  readonly labelled: boolean;
  /** The model to point out. */
  readonly current?: string;
}

interface Place {
  readonly x: number;
  readonly y: number;
}

const MARGIN = 14;
const DOT = 4.5;
const SMALL_DOT = 2.6;

/**
 * A tree as an SVG that grows from left to right, like the stemma of a manuscript: a column a generation, a row a leaf, every
 * parent in the middle of its children. `members` come parents first, each followed by its branch.
 */
export function dendrogram(members: readonly DrawnMember[], style: DrawingStyle): Markup {
  const places = arrange(members, style);
  const all = [...places.values()];
  const width = Math.max(...all.map(({ x }) => x)) + (style.labelled ? style.columnWidth : MARGIN);
  const height = Math.max(...all.map(({ y }) => y)) + MARGIN;
  const edges = members.map((member) =>
    edge(places.get(member.parent ?? ''), places.get(member.model), member),
  );
  const nodes = members.map((member) => node(places.get(member.model) as Place, member, style));
  // Its text alternative is the outline beside it; links here are for the pointer only.
  return html`<svg
    class="stemma"
    viewBox="0 0 ${width} ${height}"
    width="${width}"
    height="${height}"
    aria-hidden="true"
    focusable="false"
  >
    ${edges}${nodes}
  </svg>`;
}

function arrange(
  members: readonly DrawnMember[],
  { columnWidth, rowHeight }: DrawingStyle,
): Map<string, Place> {
  const childrenOf = new Map<string, DrawnMember[]>();
  for (const member of members) {
    const siblings = childrenOf.get(member.parent ?? '');
    if (siblings) siblings.push(member);
    else childrenOf.set(member.parent ?? '', [member]);
  }
  const rows = new Map<string, number>();
  let leaves = 0;
  for (const { model } of members) if (!childrenOf.has(model)) rows.set(model, leaves++);
  // Backwards, children are placed before their parent.
  for (const { model } of [...members].reverse()) {
    const below = (childrenOf.get(model) ?? []).map((child) => rows.get(child.model) ?? 0);
    if (below.length > 0) rows.set(model, (Math.min(...below) + Math.max(...below)) / 2);
  }
  const place = ({ model, depth }: DrawnMember): Place => ({
    x: MARGIN + depth * columnWidth,
    y: MARGIN + (rows.get(model) ?? 0) * rowHeight,
  });
  return new Map(members.map((member) => [member.model, place(member)]));
}

function edge(
  from: Place | undefined,
  to: Place | undefined,
  { relation, verdict, confidence }: DrawnMember,
) {
  if (from === undefined || to === undefined) return null;
  const bend = from.x + Math.min(60, (to.x - from.x) / 2);
  const path = `M${from.x} ${from.y}C${bend} ${from.y} ${bend} ${to.y} ${to.x} ${to.y}`;
  const sure = verdict === 'asserted' ? 'sure' : 'unsure';
  return html`<path
    class="edge ${relation ?? 'none'} ${sure}"
    d="${path}"
    stroke-width="${(0.8 + confidence).toFixed(2)}"
  />`;
}

function node({ x, y }: Place, member: DrawnMember, { labelled, current }: DrawingStyle): Markup {
  const { model, state, parent, relation, confidence, hidden } = member;
  const kind = `${parent === null ? 'root' : (relation ?? 'none')} ${state}${model === current ? ' current' : ''}`;
  if (!labelled) return html`<circle class="dot ${kind}" cx="${x}" cy="${y}" r="${SMALL_DOT}" />`;
  const said =
    parent === null ? (state === 'live' ? 'root' : state) : `${relation ?? 'related'} ${percent(confidence)}`;
  const more = hidden > 0 ? ` · ${number(hidden)} more below` : '';
  return html`<a href="${modelPath(model)}" tabindex="-1"
    ><title>${model}</title
    ><circle class="dot ${kind}" cx="${x}" cy="${y}" r="${model === current ? DOT + 1.5 : DOT}" /><text
      class="name ${kind}"
      x="${x + 10}"
      y="${y - 1}"
      >${shorten(shortName(model))}</text
    ><text class="said" x="${x + 10}" y="${y + 11}">${said}${more}</text></a
  >`;
}

function shorten(name: string): string {
  return name.length > 30 ? `${name.slice(0, 18)}…${name.slice(-11)}` : name;
}
