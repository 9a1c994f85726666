import type { SketchPlace } from './sketch-segments';

const NOWHERE = 0;

/** Where each label's sketch lies: 20 bytes a label, since there may be millions. */
export class SketchPlaces {
  #segments = new Int32Array(0);
  #offsets = new Float64Array(0);
  #bytes = new Int32Array(0);
  #crcs = new Uint32Array(0);

  get(label: number): SketchPlace | null {
    const segment = this.#segments[label] ?? NOWHERE;
    if (segment === NOWHERE) return null;
    return { segment, offset: this.#offsets[label]!, bytes: this.#bytes[label]!, crc: this.#crcs[label]! };
  }

  set(label: number, { segment, offset, bytes, crc }: SketchPlace): void {
    this.#reserve(label + 1);
    this.#segments[label] = segment;
    this.#offsets[label] = offset;
    this.#bytes[label] = bytes;
    this.#crcs[label] = crc;
  }

  delete(label: number): void {
    if (label < this.#segments.length) this.#segments[label] = NOWHERE;
  }

  /** Labels whose sketches lie in one segment. */
  inSegment(segment: number): number[] {
    const labels: number[] = [];
    this.#segments.forEach((each, label) => each === segment && labels.push(label));
    return labels;
  }

  *all(): Generator<SketchPlace> {
    for (let label = 0; label < this.#segments.length; label++) {
      const place = this.get(label);
      if (place !== null) yield place;
    }
  }

  #reserve(labels: number): void {
    if (labels <= this.#segments.length) return;
    const length = Math.max(1_024, labels, Math.floor(this.#segments.length * 1.5));
    this.#segments = copied(new Int32Array(length), this.#segments);
    this.#offsets = copied(new Float64Array(length), this.#offsets);
    this.#bytes = copied(new Int32Array(length), this.#bytes);
    this.#crcs = copied(new Uint32Array(length), this.#crcs);
  }
}

function copied<T extends Int32Array | Uint32Array | Float64Array>(to: T, from: T): T {
  to.set(from);
  return to;
}
