import type { Change, Drawing, Status, Trees } from '../api/schemas';
import { dendrogram } from './dendrogram';
import { bytes, modelPath, number, organisation, percent, plural, shortName } from './figures';
import { html, type Markup } from './html';
import { layout } from './layout';

export interface HomeView {
  readonly status: Status;
  readonly trees: Trees;
  /** A small drawing of each tree, in their order. */
  readonly drawings: readonly Drawing[];
  /** Newest first. */
  readonly changes: readonly Change[];
  /** Whether this is a later page of trees. */
  readonly further: boolean;
}

const MINIATURE = { columnWidth: 46, rowHeight: 9, labelled: false };

export function homePage(view: HomeView): string {
  const body = view.further ? html`<h1>Trees</h1>` : html`${opening(view.status)}${latest(view)}`;
  return layout({ title: 'Stemma: the family tree of a model hub', body: html`${body}${trees(view)}` });
}

function opening(status: Status): Markup {
  return html`<h1>Who was trained from whom</h1>
    <p class="lead">
      Stemma keeps the family tree of a model hub, recovered from the weights alone: it reads a small sample
      of every model's weights, finds its parent by evidence, and keeps the trees right as models arrive.
    </p>
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
    <p id="live" class="soft" role="status" data-seq="${status.seq}"></p>`;
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

function changeRow({ seq, kind, model, parent, relation, confidence }: Change): Markup {
  const from =
    parent.after === null
      ? ' is a root'
      : html` comes from <a href="${modelPath(parent.after)}">${parent.after}</a>`;
  const said = `${relation === null ? '' : `${relation} · `}${percent(confidence)} · #${number(seq)}`;
  return html`<li>
    <a href="${modelPath(model)}">${model}</a>${kind === 'deleted' ? ' was deleted' : from}<small
      >${said}</small
    >
  </li>`;
}

function trees({ trees: { trees, next, total }, drawings }: HomeView): Markup {
  const cards = trees.map(({ root, models, state }, i) => {
    const drawing = drawings[i];
    return html`<li class="card">
      <small>${organisation(root)}</small>
      <h3><a href="${modelPath(root)}">${shortName(root)}</a></h3>
      <small>${plural(models, 'model')}${state !== 'live' && `, root ${state}`}</small>
      ${drawing && dendrogram(drawing.models, MINIATURE)}
    </li>`;
  });
  return html`<h2>${plural(total, 'tree')}, the largest first</h2>
    <ul class="cards">
      ${cards}
    </ul>
    ${next !== null && html`<p><a href="/?cursor=${encodeURIComponent(next)}">More trees</a></p>`}`;
}
