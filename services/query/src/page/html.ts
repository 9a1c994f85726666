/** A piece of markup that needs no escaping any more. Only `html` and `trusted` make one. */
export class Markup {
  constructor(readonly text: string) {}

  toString(): string {
    return this.text;
  }
}

export type Part = Markup | string | number | null | undefined | false | readonly Part[];

/** Markup from a template: every value is escaped unless it is markup already; lists are joined, null and false leave nothing. */
export function html(texts: TemplateStringsArray, ...parts: Part[]): Markup {
  const body = texts.map((text, i) => text + (i < parts.length ? render(parts[i]) : ''));
  return new Markup(body.join(''));
}

/** For our own constants only. */
export function trusted(text: string): Markup {
  return new Markup(text);
}

function render(part: Part): string {
  if (part === null || part === undefined || part === false) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'object') return part.map(render).join('');
  return escape(String(part));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
