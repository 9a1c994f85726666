/** Bounds that the OpenAPI document states, so they are the same everywhere. */
export const PAGE_MAX = 1000;
export const PAGE_DEFAULT = 100;
export const WAIT_S_MAX = 60;
export const URL_CHARACTERS_MAX = 4096;
