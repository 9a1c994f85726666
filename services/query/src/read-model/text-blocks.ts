import assert from 'node:assert/strict';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { Column } from './column';

export interface TextBlocksOptions {
  /** Texts compressed together: more is smaller, fewer is faster to read back. */
  readonly blockTexts?: number;
  /** Blocks kept unpacked, the last read ones. */
  readonly unpackedBlocksMax?: number;
  /** Packed blocks lie in buffers of this size; a larger one gets its own. */
  readonly arenaBytes?: number;
  /** Text that the entries have in common; the compressor starts with it. */
  readonly dictionary?: string;
}

/**
 * An append-only list of one-line texts (JSON), compressed in blocks: a change with its evidence is about 1 kB of text
 * but 150 bytes here, so that all changes of 10^6 models stay in memory and any one is read back in tens of microseconds.
 */
export class TextBlocks {
  #length = 0;
  #open: string[] = [];
  readonly #arenas: Buffer[] = [];
  #arenaUsed = 0;
  #packedBytes = 0;
  /** Where block i lies: arena number, first byte, bytes. */
  readonly #arena = Column.int32(0);
  readonly #begin = Column.int32(0);
  readonly #bytes = Column.int32(0);
  readonly #unpacked = new Map<number, string[]>();
  readonly #blockTexts: number;
  readonly #arenaBytes: number;
  readonly #unpackedBlocksMax: number;
  readonly #dictionary: Buffer;

  constructor({
    blockTexts = 8,
    unpackedBlocksMax = 64,
    arenaBytes = 8 << 20,
    dictionary = '',
  }: TextBlocksOptions = {}) {
    this.#blockTexts = blockTexts;
    this.#arenaBytes = arenaBytes;
    this.#unpackedBlocksMax = unpackedBlocksMax;
    this.#dictionary = Buffer.from(dictionary);
  }

  get length(): number {
    return this.#length;
  }

  /** Bytes of all packed blocks. */
  get packedBytes(): number {
    return this.#packedBytes;
  }

  append(text: string): void {
    assert.ok(!text.includes('\n'), 'expected a text without line breaks');
    this.#open.push(text);
    this.#length++;
    if (this.#open.length === this.#blockTexts) this.#pack();
  }

  get(index: number): string {
    assert.ok(index >= 0 && index < this.#length, `index ${index} is outside 0..${this.#length - 1}`);
    const block = Math.floor(index / this.#blockTexts);
    const texts = block === this.#blocks ? this.#open : this.#unpack(block);
    return texts[index % this.#blockTexts] as string;
  }

  get #blocks(): number {
    return (this.#length - this.#open.length) / this.#blockTexts;
  }

  #pack(): void {
    const options = { level: 3, ...(this.#dictionary.length > 0 && { dictionary: this.#dictionary }) };
    const packed = deflateRawSync(this.#open.join('\n'), options);
    if (this.#arenaUsed + packed.length > (this.#arenas.at(-1)?.length ?? 0)) {
      this.#arenas.push(Buffer.allocUnsafeSlow(Math.max(this.#arenaBytes, packed.length)));
      this.#arenaUsed = 0;
    }
    const arena = this.#arenas.length - 1;
    packed.copy(this.#arenas[arena] as Buffer, this.#arenaUsed);
    this.#packedBytes += packed.length;
    const block = this.#length / this.#blockTexts - 1;
    this.#arena.set(block, arena);
    this.#begin.set(block, this.#arenaUsed);
    this.#bytes.set(block, packed.length);
    this.#arenaUsed += packed.length;
    this.#open = [];
  }

  #unpack(block: number): string[] {
    let texts = this.#unpacked.get(block);
    if (texts === undefined) texts = this.#inflate(block);
    else this.#unpacked.delete(block);
    this.#unpacked.set(block, texts);
    if (this.#unpacked.size > this.#unpackedBlocksMax) this.#unpacked.delete(first(this.#unpacked));
    return texts;
  }

  #inflate(block: number): string[] {
    const begin = this.#begin.get(block);
    const packed = (this.#arenas[this.#arena.get(block)] as Buffer).subarray(
      begin,
      begin + this.#bytes.get(block),
    );
    const options = this.#dictionary.length > 0 ? { dictionary: this.#dictionary } : {};
    return inflateRawSync(packed, options).toString('utf8').split('\n');
  }
}

/** The key least recently read: Maps keep the order of insertion and a read inserts anew. */
function first(map: Map<number, unknown>): number {
  return map.keys().next().value as number;
}
