import type { ProblemBody } from '../http/problem';
import { html } from './html';
import { layout } from './layout';
import { suggestions } from './search-page';

export function problemPage(
  { title, detail, status, suggestions: names }: ProblemBody,
  refreshS?: number,
): string {
  const similar = Array.isArray(names) && suggestions(names.map(String));
  const body = html`<p class="soft">${status}</p>
    <h1>${title}</h1>
    <p class="lead">${detail}</p>
    ${similar}`;
  return layout({ title: `${title} · Stemma`, body, ...(refreshS !== undefined && { refreshS }) });
}
