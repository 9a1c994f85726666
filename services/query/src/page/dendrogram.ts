import type { DrawnMember } from '../api/schemas';
import { modelPath, number, percent, shortName } from './figures';
import { html, type Markup } from './html';

interface Place {
  readonly x: number;
  readonly y: number;
}

interface Spacing {
  readonly column: number;
  readonly row: number;
}

const MARGIN = 14;
const DOT = 4.5;

/** Room for a name. */
const LABEL = 190;
const PLATE_WIDTH = 1080;
const COLUMN_MAX = 320;
const ROW = 34;

/**
 * A tree as an SVG that grows from left to right, like the stemma of a manuscript: a column a generation, a row a leaf, every
 * parent in the middle of its children. `members` come parents first, each followed by its branch. Its text alternative is
 * the outline beside it; the links in it are for the pointer only.
 */
export function dendrogram(members: readonly DrawnMember[], current: string): Markup {
  const generations = Math.max(1, ...members.map(({ depth }) => depth));
  const column = Math.max(LABEL, Math.min(COLUMN_MAX, (PLATE_WIDTH - LABEL) / generations));
  const places = arrange(members, { column, row: ROW });
  const { width, height } = extent(places);
  const nodes = members.map((member) => labelledNode(places.get(member.model) as Place, member, current));
  return svg(width + LABEL, height, html`${edges(members, places, LABEL * 0.72)}${nodes}`);
}

/** The shape of a tree without its names, filling `width` by `height`. */
export function miniature(members: readonly DrawnMember[], width: number, height: number): Markup {
  const unit = extent(arrange(members, { column: 1, row: 1 }));
  const column = Math.min(130, (width - 2 * MARGIN) / Math.max(1, unit.width - 2 * MARGIN));
  const row = Math.min(20, (height - 2 * MARGIN) / Math.max(1, unit.height - 2 * MARGIN));
  const places = arrange(members, { column, row });
  const radius = Math.min(3.4, Math.max(1.3, row / 2.6));
  const nodes = members.map((member) => {
    const { x, y } = places.get(member.model) as Place;
    return html`<circle
      class="${radius < 2 ? 'speck' : 'dot'} ${kindOf(member)}"
      cx="${x}"
      cy="${y}"
      r="${member.depth === 0 ? 4 : radius}"
    />`;
  });
  const drawn = extent(places);
  return svg(drawn.width, drawn.height, html`${edges(members, places, 0)}${nodes}`);
}

function svg(width: number, height: number, body: Markup): Markup {
  return html`<svg
    class="stemma"
    viewBox="0 0 ${Math.ceil(width)} ${Math.ceil(height)}"
    width="${Math.ceil(width)}"
    height="${Math.ceil(height)}"
    aria-hidden="true"
    focusable="false"
  >
    ${body}
  </svg>`;
}

function extent(places: ReadonlyMap<string, Place>): { width: number; height: number } {
  let [width, height] = [0, 0];
  for (const { x, y } of places.values()) [width, height] = [Math.max(width, x), Math.max(height, y)];
  return { width: width + MARGIN, height: height + MARGIN };
}

function arrange(members: readonly DrawnMember[], { column, row }: Spacing): Map<string, Place> {
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
    x: round(MARGIN + depth * column),
    y: round(MARGIN + (rows.get(model) ?? 0) * row),
  });
  return new Map(members.map((member) => [member.model, place(member)]));
}

/** `straight` is how far an edge runs level, between the two lines of its parent's label, before it bends. */
function edges(
  members: readonly DrawnMember[],
  places: ReadonlyMap<string, Place>,
  straight: number,
): (Markup | null)[] {
  return members.map(({ model, parent, relation, verdict, confidence }) => {
    const from = places.get(parent ?? '');
    const to = places.get(model);
    if (from === undefined || to === undefined) return null;
    const begin = round(from.x + straight);
    const bend = round((begin + to.x) / 2);
    const path = `M${from.x} ${from.y}H${begin}C${bend} ${from.y} ${bend} ${to.y} ${to.x} ${to.y}`;
    const sure = verdict === 'asserted' ? 'sure' : 'unsure';
    return html`<path
      class="edge ${relation ?? 'none'} ${sure}"
      d="${path}"
      stroke-width="${round(0.8 + confidence)}"
    />`;
  });
}

function labelledNode({ x, y }: Place, member: DrawnMember, current: string): Markup {
  const { model, state, parent, relation, confidence, hidden } = member;
  const isCurrent = model === current;
  const kind = `${kindOf(member)}${isCurrent ? ' current' : ''}`;
  const said =
    parent === null ? (state === 'live' ? 'root' : state) : `${relation ?? 'related'} ${percent(confidence)}`;
  const more = hidden > 0 ? ` · ${number(hidden)} more below` : '';
  return html`<a href="${modelPath(model)}" tabindex="-1"
    ><title>${model}</title
    ><circle class="dot ${kind}" cx="${x}" cy="${y}" r="${isCurrent ? DOT + 1.5 : DOT}" /><text
      class="name ${kind}"
      x="${x + 10}"
      y="${y - 5}"
      >${shorten(shortName(model))}</text
    ><text class="said" x="${x + 10}" y="${y + 13}">${said}${more}</text></a
  >`;
}

function kindOf({ parent, relation, state }: DrawnMember): string {
  return `${parent === null ? 'root' : (relation ?? 'none')} ${state}`;
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}

function shorten(name: string): string {
  return name.length > 30 ? `${name.slice(0, 18)}…${name.slice(-11)}` : name;
}
