import type { Model } from '../api/schemas';
import { modelPath, percent, plural } from './figures';
import { html, type Markup } from './html';
import { layout } from './layout';

export interface SearchView {
  readonly query: string;
  readonly models: readonly Model[];
  /** Whether there are more than shown. */
  readonly more: boolean;
  /** Similar names, where nothing was found. */
  readonly similar: readonly string[];
}

export function searchPage({ query, models, more, similar }: SearchView): string {
  const title =
    models.length === 0 ? 'Nothing found' : `${more ? 'The first ' : ''}${plural(models.length, 'model')}`;
  const body = html`<h1>${title}</h1>
    <p class="lead">for “${query}” in the names of all models</p>
    ${models.length > 0 ? results(models) : suggestions(similar)}
    ${more && html`<p class="soft">There are more: a longer part of the name narrows them down.</p>`}`;
  return layout({ title: `${query} · Stemma`, body, query });
}

function results(models: readonly Model[]): Markup {
  const rows = models.map(({ model, parent, relation, confidence }) => {
    const from = parent === null ? ' root' : html` from <a href="${modelPath(parent)}">${parent}</a>`;
    return html`<li>
      <a href="${modelPath(model)}">${model}</a><span class="soft">${from}</span>
      <small>${relation !== null && `${relation} · `}${percent(confidence)}</small>
    </li>`;
  });
  return html`<h2>Models</h2>
    <ul class="rows">
      ${rows}
    </ul>`;
}

export function suggestions(names: readonly string[]): Markup {
  if (names.length === 0) return html`<p class="empty">No name is similar either.</p>`;
  const rows = names.map((name) => html`<li><a href="${modelPath(name)}">${name}</a></li>`);
  return html`<h2>Did you mean</h2>
    <ul class="rows">
      ${rows}
    </ul>`;
}
