/** What a request to the Hub server asks for. */
export type HubRoute =
  | { readonly name: 'list'; readonly query: URLSearchParams }
  | {
      readonly name: 'info';
      readonly repo: string;
      readonly revision: string;
      readonly query: URLSearchParams;
    }
  | {
      readonly name: 'tree';
      readonly repo: string;
      readonly revision: string;
      readonly path: string;
      readonly query: URLSearchParams;
    }
  | { readonly name: 'commits'; readonly repo: string; readonly revision: string }
  | { readonly name: 'paths-info'; readonly repo: string; readonly revision: string }
  | { readonly name: 'file'; readonly repo: string; readonly revision: string; readonly path: string }
  | { readonly name: 'unknown' };

export type HubRouteName = HubRoute['name'];

const REPO = '(?<repo>[^/]+/[^/]+)';
const INFO = new RegExp(`^/api/models/${REPO}(?:/revision/(?<revision>[^/]+))?$`);
const TREE = new RegExp(`^/api/models/${REPO}/tree/(?<revision>[^/]+)(?:/(?<path>.*))?$`);
const COMMITS = new RegExp(`^/api/models/${REPO}/commits/(?<revision>[^/]+)$`);
const PATHS_INFO = new RegExp(`^/api/models/${REPO}/paths-info/(?<revision>[^/]+)$`);
const FILE = new RegExp(`^(?:/cdn)?/${REPO}/(?:resolve|raw)/(?<revision>[^/]+)/(?<path>.+)$`);

/** Reads a request target; both `resolve` and `raw` give the file itself, since the zoo has no LFS pointers. */
export function routeOf(target: string): HubRoute {
  const url = new URL(target, 'http://hub.invalid');
  const query = url.searchParams;
  if (url.pathname === '/api/models') return { name: 'list', query };
  const match = (pattern: RegExp) => {
    const groups = pattern.exec(url.pathname)?.groups;
    if (groups === undefined) return null;
    const decoded = (part: string, missing: string) => decodeComponent(groups[part] ?? missing);
    return { repo: decoded('repo', ''), revision: decoded('revision', 'HEAD'), path: decoded('path', '') };
  };
  const tree = match(TREE);
  if (tree) return { name: 'tree', ...tree, query };
  const commits = match(COMMITS);
  if (commits) return { name: 'commits', ...commits };
  const paths = match(PATHS_INFO);
  if (paths) return { name: 'paths-info', ...paths };
  const info = match(INFO);
  if (info) return { name: 'info', ...info, query };
  const file = match(FILE);
  if (file) return { name: 'file', ...file };
  return { name: 'unknown' };
}

function decodeComponent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
