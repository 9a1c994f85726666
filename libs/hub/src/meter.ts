/** What a piece of work has cost so far: HTTP requests, redirects included, and bytes of body that arrived. */
export interface Meter {
  requests: number;
  bytes: number;
}
