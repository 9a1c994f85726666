import fc from 'fast-check';
import { columnsSeed, coordinatesKey, drawColumns, sampleGrids } from './coordinates';
import { defaultSketchOptions } from './format';
import { zooShapes } from './sketch.testing';

const seed = Number(process.env['SEED'] ?? 1);
const whole = ({ name, rows, width }: { name: string; rows: number; width: number }) => ({
  name,
  rows,
  width,
  rowBegin: 0,
  rowEnd: rows,
});
const sampled = (grids: ReturnType<typeof sampleGrids>) =>
  grids.reduce((sum, { rows, columns }) => sum + rows.length * columns, 0);

describe('sampleGrids', () => {
  it('shares the budget equally on the zoo: 14 columns of 48 rows, or 10 of 64, of each of 24 tensors', () => {
    const grids = sampleGrids(zooShapes().map(whole), defaultSketchOptions);
    expect(new Set(grids.map(({ rows, columns }) => `${rows.length} x ${columns}`))).toEqual(
      new Set(['48 x 14', '64 x 10']),
    );
    expect(sampled(grids)).toBe(20 * 48 * 14 + 4 * 64 * 10);
  });

  it('spreads rows over the whole slab, one from each of 64 equal parts', () => {
    const [grid] = sampleGrids(
      [{ name: 'a', rows: 9_000, width: 64, rowBegin: 1_000, rowEnd: 7_400 }],
      defaultSketchOptions,
    );
    expect(Array.from(grid!.rows, (row) => Math.floor((row - 1_000) / 100))).toEqual(
      Array.from({ length: 64 }, (_, part) => part),
    );
    expect(new Set(Array.from(grid!.rows, (row) => row % 100)).size).toBeGreaterThan(32);
  });

  it('takes all of a small tensor', () => {
    const [grid] = sampleGrids([whole({ name: 'a', rows: 5, width: 7 })], defaultSketchOptions);
    expect(Array.from(grid!.rows)).toEqual([0, 1, 2, 3, 4]);
    expect(grid!.columns).toBe(7);
  });

  it('gives fewer rows to each of very many tensors', () => {
    const many = Array.from({ length: 1_000 }, (_, at) => whole({ name: `t${at}`, rows: 64, width: 64 }));
    const grids = sampleGrids(many, defaultSketchOptions);
    expect(grids.every(({ rows, columns }) => rows.length === 4 && columns >= 4)).toBe(true);
    expect(sampled(grids)).toBeLessThanOrEqual(16_384);
  });

  it('keeps its bounds for any shapes, and leaves less than a column of every tensor unused', () => {
    const shape = fc.record({
      rows: fc.integer({ min: 1, max: 300 }),
      width: fc.integer({ min: 1, max: 3_000 }),
    });
    fc.assert(
      fc.property(
        fc.array(shape, { minLength: 1, maxLength: 128 }),
        fc.integer({ min: 200, max: 20_000 }),
        (shapes, coordinatesMax) => {
          const slabs = shapes.map((each, at) => whole({ name: `t${at}`, ...each }));
          const grids = sampleGrids(slabs, { ...defaultSketchOptions, coordinatesMax });
          expect(
            grids.every(
              ({ rows, columns }, at) => columns >= 1 && columns <= slabs[at]!.width && rows.length <= 64,
            ),
          ).toBe(true);
          expect(sampled(grids)).toBeLessThanOrEqual(coordinatesMax);
          expect(
            grids.every(
              ({ rows, columns }, at) =>
                columns === slabs[at]!.width || rows.length * (columns + 1) > coordinatesMax / slabs.length,
            ),
          ).toBe(true);
        },
      ),
      { seed },
    );
  });

  it('does not depend on the order of the tensors', () => {
    const slabs = zooShapes().map(whole);
    const forth = sampleGrids(slabs, defaultSketchOptions);
    const back = sampleGrids([...slabs].reverse(), defaultSketchOptions).reverse();
    expect(back.map(({ columns, rows }) => [columns, ...rows])).toEqual(
      forth.map(({ columns, rows }) => [columns, ...rows]),
    );
  });
});

describe('drawColumns', () => {
  it('takes one column from each equal part, others in every draw', () => {
    const draw = (row: number) => {
      const columns = new Uint32Array(8);
      drawColumns(columnsSeed(whole({ name: 'a', rows: 10, width: 800 })), row, 800, columns);
      return Array.from(columns);
    };
    expect(draw(3).map((column) => Math.floor(column / 100))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(draw(3)).not.toEqual(draw(4));
    expect(draw(3)).toEqual(draw(3));
  });
});

describe('coordinatesKey', () => {
  it('and the coordinates never change, since stored sketches were drawn there', () => {
    const slabs = ['a', 'b'].map((name) => ({
      name,
      rows: 4_096,
      width: 11_008,
      rowBegin: 700,
      rowEnd: 1_032,
    }));
    const grids = sampleGrids(slabs, defaultSketchOptions);
    const columns = new Uint32Array(grids[0]!.columns);
    drawColumns(columnsSeed(slabs[0]!), 0, 11_008, columns);
    expect(Array.from(grids[0]!.rows.subarray(0, 4))).toEqual([700, 708, 712, 719]);
    expect(Array.from(columns.subarray(0, 4))).toEqual([19, 143, 209, 272]);
    expect(coordinatesKey(slabs, grids)).toBe('99473dccaa553060');
  });

  it('tells any other coordinates', () => {
    const slabs = zooShapes().map(whole);
    const key = (some: typeof slabs, options = defaultSketchOptions) =>
      coordinatesKey(some, sampleGrids(some, options));
    const keys = [
      key(slabs),
      key(slabs, { ...defaultSketchOptions, rowsPerTensorMax: 16 }),
      key(slabs, { ...defaultSketchOptions, coordinatesMax: 8_000 }),
      key(slabs.slice(1)),
      key(slabs.map((slab) => ({ ...slab, rowEnd: slab.rowEnd - 1 }))),
    ];
    expect(new Set(keys).size).toBe(5);
    expect(key(slabs)).toMatch(/^[0-9a-f]{16}$/);
  });
});
