type NumberArray = Int32Array | Uint8Array | Float64Array;

const START_ROWS = 1024;

/** One attribute of every model in a typed array that doubles as models arrive; rows never written read `empty`. */
export class Column {
  #values: NumberArray;
  readonly #make: (rows: number) => NumberArray;
  readonly #empty: number;

  private constructor(make: (rows: number) => NumberArray, empty: number) {
    this.#make = make;
    this.#empty = empty;
    this.#values = make(START_ROWS).fill(empty);
  }

  static int32(empty: number): Column {
    return new Column((rows) => new Int32Array(rows), empty);
  }

  static uint8(empty: number): Column {
    return new Column((rows) => new Uint8Array(rows), empty);
  }

  static float64(empty: number): Column {
    return new Column((rows) => new Float64Array(rows), empty);
  }

  get(row: number): number {
    return this.#values[row] ?? this.#empty;
  }

  set(row: number, value: number): void {
    if (row >= this.#values.length) this.#grow(row);
    this.#values[row] = value;
  }

  #grow(row: number): void {
    const grown = this.#make(Math.max(row + 1, this.#values.length * 2)).fill(this.#empty);
    grown.set(this.#values);
    this.#values = grown;
  }
}
