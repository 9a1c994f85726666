import { createHash } from 'node:crypto';
import { html, trusted, type Markup, type Part } from './html';
import { SCRIPT } from './script';
import { STYLE } from './style';

export interface Page {
  readonly title: string;
  readonly body: Markup;
  /** What the search field holds. */
  readonly query?: string;
  /** Seconds after which the browser should ask again. */
  readonly refreshS?: number;
}

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Only our own inline style and script run, and nothing is loaded from elsewhere, whatever a name contains. */
export const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    `style-src ${hash(STYLE)}`,
    `script-src ${hash(SCRIPT)}`,
    "connect-src 'self'",
    'img-src data:',
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
} as const;

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'%3E%3Cpath d='M12 4v5M12 9C12 14 5 12 5 19M12 9c0 5 7 3 7 10' fill='none' stroke='%238a3b12' stroke-width='2'/%3E%3Ccircle cx='12' cy='4' r='3' fill='%238a3b12'/%3E%3Ccircle cx='5' cy='20' r='3' fill='%232f6f5e'/%3E%3Ccircle cx='19' cy='20' r='3' fill='%232f6f5e'/%3E%3C/svg%3E";

const LOGO = html`<svg width="26" height="26" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
  <g class="stemma">
    <path class="edge root" d="M12 4v5M12 9C12 14 5 12 5 19M12 9c0 5 7 3 7 10" stroke-width="1.8" />
    <circle class="dot root" cx="12" cy="4" r="3.4" />
    <circle class="dot finetune" cx="5" cy="20" r="3.4" />
    <circle class="dot adapter" cx="19" cy="20" r="3.4" />
  </g>
</svg>`;

export function layout({ title, body, query = '', refreshS }: Page): string {
  const again: Part = refreshS !== undefined && html`<meta http-equiv="refresh" content="${refreshS}" />`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        ${again}
        <title>${title}</title>
        <link rel="icon" href="${trusted(ICON)}" />
        ${trusted(`<style>${STYLE}</style>`)}
      </head>
      <body>
        <a class="skip" href="#main">To the content</a>
        <header>
          <div class="wide">
            <a class="brand" href="/">${LOGO}Stemma</a>
            <form action="/" role="search">
              <input
                id="q"
                name="q"
                type="search"
                value="${query}"
                list="names"
                maxlength="100"
                autocomplete="off"
                placeholder="Find a model by name"
                aria-label="Find a model by name"
              />
              <datalist id="names"></datalist>
              <button>Find</button>
            </form>
          </div>
        </header>
        <main id="main" class="wide">${body}</main>
        <footer>
          <div class="wide">
            <a href="/openapi.json">OpenAPI</a>
            <a href="/v1/trees">Trees as JSON</a>
            <a href="/v1/claims?verdict=contradicted">Contradicted claims</a>
            <a href="/v1/rejects">Rejects</a>
            <a href="/v1/changes">Change feed</a>
          </div>
        </footer>
        ${trusted(`<script>${SCRIPT}</script>`)}
      </body>
    </html>`.text;
}
