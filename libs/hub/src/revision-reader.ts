import assert from 'node:assert/strict';
import { downloadFile } from '@huggingface/hub';
import type { ModelSource } from '@stemma/weights';
import type { Meter } from './meter';
import { settled, type HubRejected } from './outcome';
import type { Purpose } from './purpose';
import { encodedPath, type RepositoryFile } from './repository-files';

/** One revision whose files are read by range. */
export interface Revision {
  readonly hubUrl: string;
  readonly repo: string;
  /** A commit, never a branch: a branch could move between two ranges of one file. */
  readonly sha: string;
  readonly files: readonly RepositoryFile[];
}

/** Reads ranges of one revision's files and counts what that costs. */
export class RevisionReader {
  readonly #revision: Revision;
  readonly #fetchFor: (purpose: Purpose) => typeof fetch;
  readonly #meter: Meter = { requests: 0, bytes: 0 };
  readonly #signal: AbortSignal | undefined;

  constructor(revision: Revision, fetchFor: (purpose: Purpose) => typeof fetch, signal?: AbortSignal) {
    this.#revision = revision;
    this.#fetchFor = fetchFor;
    this.#signal = signal;
  }

  /** Bytes that arrived, those of failed tries included. */
  get bytesRead(): number {
    return this.#meter.bytes;
  }

  /** HTTP requests sent, retries and redirects included. */
  get requests(): number {
    return this.#meter.requests;
  }

  /**
   * The bytes [begin, end) of a listed file: exactly as many as asked for, in one request where all goes well. The range
   * must lie in the file as listed. Throws `HubUnavailableError` when the hub cannot answer now.
   */
  async read(path: string, begin: number, end: number): Promise<Uint8Array | HubRejected> {
    return settled(() => this.#read(path, begin, end));
  }

  /**
   * Runs `work` on the files as `readModel` of `@stemma/weights` wants them, their `read` by position in the listing. A
   * rejected read ends the work and is its result.
   */
  async through<T>(work: (source: ModelSource) => Promise<T>): Promise<T | HubRejected> {
    const { files } = this.#revision;
    const pathOf = (file: number) => {
      const path = files[file]?.path;
      assert(path !== undefined, `file ${file} was asked for, but only ${files.length} are listed`);
      return path;
    };
    const read = async (file: number, begin: number, end: number) => this.#read(pathOf(file), begin, end);
    return settled(() => work({ files, read }));
  }

  async #read(path: string, begin: number, end: number): Promise<Uint8Array> {
    const { hubUrl, repo, sha, files } = this.#revision;
    const size = files.find((file) => file.path === path)?.size;
    assert(size !== undefined, `${path} was asked for, which ${repo}@${sha} does not list`);
    assert(begin >= 0 && begin <= end && end <= size, `bytes ${begin} to ${end} were asked for of ${size}`);
    // The Hub takes the empty range `bytes=100-99` for no range and sends the whole file.
    if (begin === end) return new Uint8Array(0);
    const blob = await downloadFile({
      repo,
      path,
      revision: sha,
      hubUrl,
      // Plain ranges: the xet protocol fetches and unpacks chunks of its own choice.
      xet: false,
      // What is known from the listing spares the library a request a file.
      downloadInfo: { size, etag: sha, url: `${hubUrl}/${repo}/resolve/${sha}/${encodedPath(path)}` },
      fetch: this.#fetchFor({
        expects: { begin, end, size },
        subject: `${repo}/${path}`,
        meters: [this.#meter],
        signal: this.#signal,
      }),
    });
    assert(blob, `no blob of ${repo}/${path}, though its size was given`);
    const bytes = new Uint8Array(await blob.slice(begin, end).arrayBuffer());
    assert(
      bytes.byteLength === end - begin,
      `${bytes.byteLength} bytes came through, expected ${end - begin}`,
    );
    return bytes;
  }
}
