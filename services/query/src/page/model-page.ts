import type { Drawing, ModelDetail } from '../api/schemas';
import type { HubLink } from '../query-options';
import { dendrogram } from './dendrogram';
import { changeNumber, modelPath, organisation, percent, plural, shortName } from './figures';
import { html, type Markup, type Part } from './html';
import { layout } from './layout';
import { outline } from './outline';

export interface ModelView {
  readonly detail: ModelDetail;
  readonly drawing: Drawing;
  /** Names from the root down to the parent. */
  readonly path: readonly string[];
  readonly hub: HubLink | undefined;
}

export function modelPage(view: ModelView): string {
  const { detail } = view;
  const body = html`${trail(view)}
    <small>${organisation(detail.model)}</small>
    <h1>${shortName(detail.model)}</h1>
    ${summary(detail)}
    <div class="two">
      <div>${facts(view)}</div>
      <div>${evidence(detail)}</div>
    </div>
    ${tree(view)}`;
  return layout({ title: `${detail.model} · Stemma`, body });
}

function trail({ path, detail }: ModelView): Part {
  if (path.length === 0) return null;
  const steps = path.map((name) => html`<li><a href="${modelPath(name)}">${name}</a></li>`);
  return html`<nav aria-label="Ancestors">
    <ol class="path soft">
      ${steps}
      <li aria-current="page">${shortName(detail.model)}</li>
    </ol>
  </nav>`;
}

function summary({ parent, relation, verdict, state, descendants }: ModelDetail): Markup {
  const below =
    descendants === 0
      ? 'Nothing in the index was made from it.'
      : `${plural(descendants, 'model')} descend from it.`;
  const gone = state === 'deleted' && 'It was deleted from the hub. ';
  if (verdict === 'variant') {
    return html`<p class="lead">
      ${gone}Kin of other models here, but the model they have in common is not in the index. ${below}
    </p>`;
  }
  if (parent === null)
    return html`<p class="lead">${gone}A root: no model in the index is its parent. ${below}</p>`;
  const kind = relation === null ? 'Made' : html`<span class="tag ${relation}">${relation}</span>`;
  const doubt = verdict === 'uncertain' && ' The evidence does not settle it.';
  return html`<p class="lead">
    ${gone}${kind} from <a href="${modelPath(parent)}">${parent}</a>.${doubt} ${below}
  </p>`;
}

function facts({ detail, hub }: ModelView): Markup {
  const { confidence, runnersUp, claim, revision, architecture, time, model } = detail;
  const others = runnersUp.map(
    (other) =>
      html`<div>
        <a href="${modelPath(other.model)}">${other.model}</a> <small>${percent(other.confidence)}</small>
      </div>`,
  );
  const card =
    hub &&
    html`<dt>On the hub</dt>
      <dd><a href="${hub.modelUrl(model)}" rel="noreferrer">${hub.name}</a></dd>`;
  return html`<h2>What is known</h2>
    <dl class="facts">
      <dt>Confidence</dt>
      <dd><meter min="0" max="1" value="${confidence}">${confidence}</meter>${percent(confidence)}</dd>
      ${
        runnersUp.length > 0 &&
        html`<dt>Runners-up</dt>
          <dd>${others}</dd>`
      }
      <dt>Its card says</dt>
      <dd>${declared(claim)}</dd>
      <dt>Architecture</dt>
      <dd><code>${architecture === null ? 'unknown' : architecture.slice(0, 12)}</code></dd>
      <dt>Revision</dt>
      <dd><code>${revision.slice(0, 12)}</code></dd>
      <dt>Since</dt>
      <dd>
        <time datetime="${time}">${time.slice(0, 16).replace('T', ' ')} UTC</time>
        <small>change ${changeNumber(detail)}</small>
      </dd>
      ${card}
    </dl>`;
}

const VERDICT_WORDS: Readonly<Record<ModelDetail['claim']['verdict'], string>> = {
  confirmed: 'confirmed by the weights',
  ancestor: 'an ancestor, not the parent',
  contradicted: 'contradicted by the weights',
  undeclared: 'nothing',
  unknown: 'the index cannot tell',
};

function declared({ baseModels, relation, verdict }: ModelDetail['claim']): Markup {
  const words = VERDICT_WORDS[verdict];
  if (verdict === 'undeclared') return html`<span class="soft">${words} about a base model</span>`;
  return html`${relation ?? 'made'} from ${baseModels.join(', ')}
    <span class="tag ${verdict}">${words}</span>`;
}

function evidence({ evidence, parent }: ModelDetail): Markup {
  const entries = evidence.map(
    ({ kind, sentence, figure, logOdds }) =>
      html`<li>
        ${sentence}
        <small
          >${kind} ${precise(figure)} · ${logOdds >= 0 ? '+' : '−'}${precise(Math.abs(logOdds))} nats</small
        >
      </li>`,
  );
  const none = html`<p class="empty">
    ${parent === null ? 'No candidate was near enough to be its parent.' : 'None recorded.'}
  </p>`;
  return html`<h2>Evidence</h2>
    ${
      evidence.length === 0
        ? none
        : html`<ul class="evidence">
            ${entries}
          </ul>`
    }`;
}

function precise(figure: number): string {
  const size = Math.abs(figure);
  const tiny = size !== 0 && (size < 0.001 || size >= 1e6);
  const digits = tiny ? figure.toExponential(1) : String(Number(figure.toPrecision(3)));
  return digits.replaceAll('-', '−');
}

function tree({ drawing, detail }: ModelView): Markup {
  const title = drawing.whole ? 'Its tree' : 'Its neighbourhood in the tree';
  const relations = [...new Set(drawing.models.map(({ relation }) => relation))].filter(
    (relation) => relation !== null,
  );
  const unsure = drawing.models.some(({ verdict, parent }) => parent !== null && verdict !== 'asserted');
  return html`<h2>${title}</h2>
    <div class="plate">${dendrogram(drawing.models, detail.model)}</div>
    <ul class="legend soft" aria-hidden="true">
      ${relations.map((relation) => html`<li class="${relation}">${relation}</li>`)}
      ${unsure && html`<li class="unsure">uncertain</li>`}
    </ul>
    <details>
      <summary>The same as a list (${plural(drawing.models.length, 'model')})</summary>
      ${outline(drawing.models, detail.model)}
    </details>`;
}
