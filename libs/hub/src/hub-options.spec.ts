import { resolvedOptions } from './hub-options';

const budgetOf = (options: Parameters<typeof resolvedOptions>[0]) => {
  const { apiRequestsMax, fileRequestsMax } = resolvedOptions(options).transport;
  return [apiRequestsMax, fileRequestsMax];
};

test('asks the public Hub by default, within what it grants', () => {
  expect(resolvedOptions({}).hub.href).toBe('https://huggingface.co/');
  expect(budgetOf({})).toEqual([450, 2_700]);
  expect(budgetOf({ token: 'hf_x' })).toEqual([900, 4_500]);
});

test('does not pace a hub on this machine, unless told to', () => {
  expect(budgetOf({ url: 'http://127.0.0.1:1' })).toEqual([Infinity, Infinity]);
  expect(budgetOf({ url: 'http://127.0.0.1:1', apiRequestsMax: 3 })).toEqual([3, Infinity]);
});

test('takes an option that is spelled out as undefined for one left out', () => {
  const { transport, filesMax, token } = resolvedOptions({
    timeoutMs: undefined,
    filesMax: undefined,
    token: undefined,
  });
  expect([transport.timeoutMs, filesMax, token]).toEqual([60_000, 10_000, null]);
});

test('keeps the token out of everything but its own place', () => {
  expect(JSON.stringify(resolvedOptions({ token: 'hf_secret' }).transport)).not.toContain('hf_secret');
});
