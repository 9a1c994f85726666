import type { Rejected } from './rejection';
import { headerExtent, parseSafetensorsHeader } from './safetensors';
import { headerOf, prefixed } from './safetensors.testing';

const tensor = (dtype: unknown, shape: unknown, begin: unknown, end: unknown) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

function reject(header: unknown, dataBytes = 8): Rejected {
  const bytes = prefixed(header);
  const result = parseSafetensorsHeader(bytes, { fileBytes: bytes.byteLength + dataBytes });
  if (result.type !== 'rejected') throw new Error('expected a rejection');
  return result;
}

describe('parseSafetensorsHeader', () => {
  it('reads tensors with absolute offsets, in the order of their bytes', () => {
    const bytes = prefixed({
      b: tensor('F16', [2, 1], 4, 8),
      __metadata__: { format: 'pt' },
      a: tensor('F32', [], 0, 4),
    });
    const data = bytes.byteLength;
    expect(parseSafetensorsHeader(bytes, { fileBytes: data + 8, file: 3 })).toEqual({
      type: 'header',
      tensors: [
        { name: 'a', dtype: 'F32', shape: [], file: 3, begin: data, end: data + 4 },
        { name: 'b', dtype: 'F16', shape: [2, 1], file: 3, begin: data + 4, end: data + 8 },
      ],
    });
  });

  it('accepts padding, empty tensors, packed types, an empty file of tensors, and a tensor called __proto__', () => {
    const bytes = prefixed(
      '{"z":{"dtype":"F32","shape":[0,9007199254740991,9007199254740991],"data_offsets":[0,0]},"__proto__":{"dtype":"F4","shape":[4],"data_offsets":[0,2]}}   ',
    );
    const result = parseSafetensorsHeader(bytes, { fileBytes: bytes.byteLength + 2 });
    expect(result).toMatchObject({
      type: 'header',
      tensors: [{ name: 'z' }, { name: '__proto__', dtype: 'F4' }],
    });
    expect(parseSafetensorsHeader(prefixed({}), { fileBytes: 10 })).toEqual({ type: 'header', tensors: [] });
  });

  it('tells from 8 bytes how many to fetch', () => {
    const { bytes, fileBytes } = headerOf([{ name: 'a', dtype: 'F32', shape: [2] }]);
    expect(headerExtent(bytes.subarray(0, 8), { fileBytes })).toEqual({
      type: 'extent',
      bytes: bytes.byteLength,
    });
    expect(headerExtent(bytes.subarray(0, 7), { fileBytes })).toMatchObject({ reason: 'header-truncated' });
  });

  it('turns a header away before it is fetched where its length is over the limit, the format, or the file', () => {
    const length = (bytes: bigint) => new Uint8Array(BigUint64Array.of(bytes).buffer);
    const extent = (bytes: bigint, headerBytesMax?: number) =>
      headerExtent(length(bytes), { fileBytes: 2 ** 40, limits: headerBytesMax ? { headerBytesMax } : {} });
    expect(extent(2n ** 24n)).toMatchObject({ type: 'extent' });
    expect(extent(2n ** 24n + 1n)).toMatchObject({ reason: 'header-too-large' });
    expect(extent(100_000_001n, 2 ** 30)).toMatchObject({ reason: 'header-too-large' });
    expect(extent(2n ** 64n - 1n)).toMatchObject({
      detail: 'The header says it is 18446744073709551615 bytes long; at most 16777216 are read.',
    });
    expect(headerExtent(length(100n), { fileBytes: 107 })).toMatchObject({ reason: 'header-truncated' });
  });

  it.each([
    ['<!DOCTYPE html>\n', 'It begins with the text "<!DOCTYP": it is no safetensors file.'],
    [
      'version https://git-lfs.github.com/spec/v1\n',
      'It begins with the text "version ": it is no safetensors file, but a pointer to one that Git LFS has not fetched yet.',
    ],
  ])('says of a file of text that it is one: %s', (text, detail) => {
    const bytes = new TextEncoder().encode(text);
    const found = headerExtent(bytes, { fileBytes: bytes.byteLength });
    expect(found).toEqual({ type: 'rejected', reason: 'header-too-large', detail });
  });

  it.each([
    ['header-not-json', '{"a":'],
    ['header-not-json', ''],
    ['header-malformed', '[]'],
    ['header-malformed', 'null'],
    ['header-malformed', '{"a":null}'],
    ['header-malformed', '{"a":[[[[1]]]]}'],
    ['header-malformed', { __metadata__: { format: 1 } }],
    ['header-malformed', { __metadata__: 'pt' }],
    ['header-malformed', { a: tensor('F32', 2, 0, 8) }],
    ['header-malformed', { a: tensor('F32', [2.5], 0, 10) }],
    ['header-malformed', { a: tensor('F32', [-2], 0, 8) }],
    ['header-malformed', { a: { dtype: 'F32', shape: [2], data_offsets: [0, 4, 8] } }],
    ['header-malformed', { a: { dtype: 'F32', shape: [2], data_offsets: [0, '8'] } }],
    ['header-malformed', '{"\\ud800":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'],
    ['header-malformed', { a: tensor('F32', [2 ** 53], 0, 8) }],
    [
      'duplicate-name',
      '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"\\u0061":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
    ],
    ['duplicate-name', '{"a":{"dtype":"F32","shape":[2],"shape":[1],"data_offsets":[0,8]}}'],
    ['duplicate-name', '{"__proto__":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"__proto__":{}}'],
    ['duplicate-name', '{"__metadata__":{"a":"1","a":"2"}}'],
    ['unknown-dtype', { a: tensor('F128', [2], 0, 8) }],
    ['unknown-dtype', { a: tensor(undefined, [2], 0, 8) }],
    ['unknown-dtype', { a: tensor('toString', [2], 0, 8) }],
    ['unknown-dtype', '{"a":{"__proto__":{"dtype":"F32"},"shape":[2],"data_offsets":[0,8]}}'],
    ['too-many-dimensions', { a: tensor('F32', Array(9).fill(1), 0, 4) }],
    ['length-mismatch', { a: tensor('F32', [3], 0, 8) }],
    ['length-mismatch', { a: tensor('F32', [2 ** 27, 2 ** 26], 0, 0) }],
    ['length-mismatch', { a: tensor('F32', [2 ** 33, 2 ** 33], 0, 8) }],
    ['length-mismatch', { a: tensor('F4', [3], 0, 1) }],
    ['offsets-out-of-range', { a: tensor('F32', [2], 8, 0) }],
    ['offsets-out-of-range', { a: tensor('F32', [3], 0, 12) }],
    ['offsets-overlap', { a: tensor('F32', [1], 0, 4), b: tensor('F32', [2], 0, 8) }],
    ['offsets-overlap', { a: tensor('F32', [2], 0, 8), b: tensor('F32', [0], 4, 4) }],
    ['offsets-hole', { a: tensor('F32', [1], 4, 8) }],
    ['offsets-hole', { a: tensor('F32', [1], 0, 4) }],
  ])('rejects as %s: %j', (reason, header) => {
    const { detail, ...rest } = reject(header);
    expect(rest).toEqual({ type: 'rejected', reason });
    expect(detail).toMatch(/^[A-Z].{15,}\.$/);
    expect(detail.length).toBeLessThan(400);
  });

  it('rejects a hundred thousand brackets without following them', () => {
    expect(reject('['.repeat(100_000))).toMatchObject({ reason: 'header-malformed' });
  });

  it('rejects text that is not UTF-8', () => {
    const bytes = prefixed('{"a":1}');
    bytes[10] = 0xff;
    expect(parseSafetensorsHeader(bytes, { fileBytes: 100 })).toMatchObject({ reason: 'header-not-json' });
  });

  it('counts tensors before it builds them', () => {
    const entries = Array.from({ length: 12 }, (_, at) => [`t${at}`, tensor('F32', [0], 0, 0)]);
    const bytes = prefixed(Object.fromEntries(entries));
    const context = { fileBytes: bytes.byteLength };
    expect(parseSafetensorsHeader(bytes, { ...context, limits: { tensorsMax: 12 } })).toMatchObject({
      type: 'header',
    });
    expect(parseSafetensorsHeader(bytes, { ...context, limits: { tensorsMax: 11 } })).toMatchObject({
      reason: 'too-many-tensors',
    });
    expect(parseSafetensorsHeader(bytes, { ...context, limits: { tensorsMax: 3 } })).toMatchObject({
      reason: 'too-many-tensors',
    });
  });

  it('cuts and escapes hostile names in its sentences', () => {
    const { detail } = reject({ [`\n${'x'.repeat(10_000)}`]: tensor('F32', [3], 0, 8) });
    expect(detail).toContain('"\\nxxx');
    expect(detail.length).toBeLessThan(200);
  });
});
