import { observeMatrix, type NamedObservation } from '@stemma/lineage';
import { remarksOn } from './remarks';

/** A model of one architecture per number of matrices, each of four numbers. */
function model(name: string, ...matrices: readonly (readonly number[])[]): NamedObservation {
  const tensors = matrices.map((values, i) =>
    observeMatrix({
      name: `layer.${i}`,
      rows: 2,
      columns: 2,
      values: Float64Array.from(values),
      rounding: 2 ** -24,
    }),
  );
  const observation = {
    architecture: `${matrices.length}`,
    contentHash: name,
    tensors,
    embedding: null,
    dtype: 'F32',
  };
  return { model: name, observation };
}

const sound = model('sound', [1, 2, 3, 4], [4, 3, 2, 1]);
const other = model('other', [1, 2, 3, 5], [4, 3, 2, 1]);

describe('remarks on models that were read', () => {
  it('are none on sound ones, nor on one alone, nor on a matrix that is a constant among others', () => {
    expect(remarksOn([sound, other, model('part', [7, 7, 7, 7], [1, 2, 3, 4])])).toEqual([]);
    expect(remarksOn([sound])).toEqual([]);
    expect(remarksOn([])).toEqual([]);
  });

  it('say how many numbers are not finite', () => {
    expect(remarksOn([sound, model('nan', [1, NaN, 3, Infinity], [1, 2, 3, 4])])).toEqual([
      {
        model: 'nan',
        reason: 'not-finite',
        detail: '2 of the 8 numbers looked at are not finite and count for nothing.',
      },
    ]);
  });

  it('say where nothing can be compared', () => {
    const nothing = [
      model('nan', [NaN, NaN, NaN, NaN], [NaN, NaN, NaN, -Infinity]),
      model('zero', [0, 0, 0, 0], [0, 0, 0, 0]),
      model('half', [NaN, NaN, NaN, NaN], [1, 1, 1, 1]),
    ];
    expect(
      remarksOn([sound, ...nothing]).map(({ model, reason, detail }) => [model, reason, detail]),
    ).toEqual([
      ['nan', 'nothing-to-compare', 'None of the 8 numbers looked at is finite.'],
      ['zero', 'nothing-to-compare', 'Each of its matrices is one number all over.'],
      ['half', 'nothing-to-compare', 'Each of its matrices is one number all over.'],
    ]);
  });

  it('say who has nobody to be compared with', () => {
    expect(remarksOn([sound, model('alone', [1, 2, 3, 4]), other])).toEqual([
      {
        model: 'alone',
        reason: 'only-of-its-architecture',
        detail: 'No other model here has its architecture, so it was compared with none.',
      },
    ]);
  });
});
