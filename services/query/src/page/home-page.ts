import type { Change, Claims, Drawing, Rejects, Status, Trees } from '../api/schemas';
import { miniature } from './dendrogram';
import { bytes, changeNumber, modelPath, number, organisation, percent, plural, shortName } from './figures';
import { html, type Markup } from './html';
import { layout } from './layout';

export interface HomeView {
  readonly status: Status;
  readonly trees: Trees;
  /** A small drawing of each tree, in their order. */
  readonly drawings: readonly Drawing[];
  /** Newest first. */
  readonly changes: readonly Change[];
  /** Some cards that the weights contradict. */
  readonly contradicted: Claims['claims'];
  readonly rejected: Rejects['counts'];
  /** Whether this is a later page of trees. */
  readonly further: boolean;
}

const CARD = { width: 250, height: 120 };
const REASONS_MAX = 8;
const FRONT = { width: 420, height: 250 };

export function homePage(view: HomeView): string {
  const title = 'Stemma: the family tree of a model hub';
  if (view.further)
    return layout({
      title,
      body: html`<h1>Trees</h1>
        ${trees(view)}`,
    });
  const body = html`${opening(view)}
    <div class="two">
      <section>${trees(view)}</section>
      <section>${latest(view)}${contradicted(view)}${rejected(view)}</section>
    </div>`;
  return layout({ title, body });
}

function opening({ status, drawings }: HomeView): Markup {
  const [largest] = drawings;
  return html`<div class="front">
      <div>
        <h1>Who was trained from whom</h1>
        <p class="lead">
          Stemma keeps the family tree of a model hub, recovered from the weights alone: it reads a small
          sample of every model's weights, finds the parent by evidence, and keeps the trees right as models
          arrive.
        </p>
      </div>
      ${largest && largest.models.length > 2 && miniature(largest.models, FRONT.width, FRONT.height)}
    </div>
    <dl class="figures">
      ${figure('Models', 'models', number(status.models))} ${figure('Trees', 'trees', number(status.trees))}
      <div>
        <dt>Read</dt>
        <dd>
          <span id="figure-bytesRead">${bytes(status.bytesRead)}</span>
          <small>of <span id="figure-bytesPublished">${bytes(status.bytesPublished)}</span> published</small>
        </dd>
      </div>
      ${figure('Waiting', 'pending', number(status.pending))}
      ${figure('Rejected', 'rejected', number(status.rejected))}
      ${figure('Changes', 'seq', number(status.seq))}
    </dl>
    <p id="live" class="soft" role="status" data-cursor="${status.cursor}"></p>`;
}

function figure(title: string, key: keyof Status, value: string): Markup {
  return html`<div>
    <dt>${title}</dt>
    <dd id="figure-${key}">${value}</dd>
  </div>`;
}

function latest({ changes }: HomeView): Markup {
  return html`<h2>Latest changes</h2>
    <ol class="rows" id="changes">
      ${changes.map(changeRow)}
    </ol>
    ${changes.length === 0 && html`<p class="empty" id="no-changes">Nothing is indexed yet.</p>`}`;
}

function changeRow(change: Change): Markup {
  const { kind, model, parent, relation, confidence } = change;
  const from =
    parent.after === null
      ? ' is a root'
      : html` comes from <a href="${modelPath(parent.after)}">${parent.after}</a>`;
  const said = `${relation === null ? '' : `${relation} · `}${percent(confidence)} · ${changeNumber(change)}`;
  return html`<li>
    <a href="${modelPath(model)}">${model}</a>${kind === 'deleted' ? ' was deleted' : from}<small
      >${said}</small
    >
  </li>`;
}

function contradicted({ contradicted }: HomeView): Markup | null {
  if (contradicted.length === 0) return null;
  const rows = contradicted.map(({ model, declared, parent }) => {
    const found = parent === null ? 'it is a root' : html`<a href="${modelPath(parent)}">${parent}</a>`;
    return html`<li>
      <span
        ><a href="${modelPath(model)}">${model}</a> declares ${declared.join(', ')}; its weights say
        ${found}</span
      >
    </li>`;
  });
  return html`<h2>Cards that the weights contradict</h2>
    <ul class="rows">
      ${rows}
    </ul>
    <p><a href="/v1/claims?verdict=contradicted">All of them, as JSON</a></p>`;
}

function rejected({ rejected }: HomeView): Markup | null {
  const reasons = Object.entries(rejected).slice(0, REASONS_MAX);
  if (reasons.length === 0) return null;
  const rows = reasons.map(
    ([reason, count]) =>
      html`<li>
        <a href="/v1/rejects?reason=${encodeURIComponent(reason)}">${reason}</a
        ><small>${number(count)}</small>
      </li>`,
  );
  return html`<h2>Rejected, by reason</h2>
    <ul class="rows">
      ${rows}
    </ul>`;
}

function trees({ trees: { trees, next, total }, drawings }: HomeView): Markup {
  const cards = trees.map(({ root, models, state }, i) => {
    const drawing = drawings[i];
    return html`<li class="card">
      <small>${organisation(root)}</small>
      <h3><a href="${modelPath(root)}">${shortName(root)}</a></h3>
      <small>${plural(models, 'model')}${state !== 'live' && `, root ${state}`}</small>
      ${drawing && miniature(drawing.models, CARD.width, CARD.height)}
    </li>`;
  });
  return html`<h2>${plural(total, 'tree')}, the largest first</h2>
    <ul class="cards">
      ${cards}
    </ul>
    ${next !== null && html`<p><a href="/?cursor=${encodeURIComponent(next)}">More trees</a></p>`}`;
}
