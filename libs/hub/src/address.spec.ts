import { hasPrivateHost, hopProblem, hubBase, isLoopback, isPrivateAddress } from './address';

test.each([
  '0.0.0.0',
  '10.1.2.3',
  '100.64.0.1',
  '127.0.0.1',
  '169.254.169.254',
  '172.31.255.255',
  '192.168.1.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:10.0.0.1',
  '::ffff:7f00:1',
  '64:ff9b::a00:1',
  'fd00::1',
  'fe80::1',
])('%s is private', (address) => {
  expect(isPrivateAddress(address)).toBe(true);
});

test.each([
  '1.1.1.1',
  '100.128.0.1',
  '172.32.0.1',
  '192.169.0.1',
  '2606:4700::1111',
  '::ffff:1.1.1.1',
  '64:ff9b::101:101',
])('%s is public', (address) => {
  expect(isPrivateAddress(address)).toBe(false);
});

test('sees through other spellings of a host', async () => {
  const spellings = [
    'http://2130706433/',
    'http://0x7f.1/',
    'http://[::ffff:127.0.0.1]/',
    'http://localhost:80/',
  ];
  for (const url of spellings) expect([url, await hasPrivateHost(new URL(url))]).toEqual([url, true]);
  expect(await hasPrivateHost(new URL('https://1.1.1.1/'))).toBe(false);
});

test('knows this machine by name alone', () => {
  const loopback = (url: string) => isLoopback(new URL(url));
  expect(['http://localhost', 'http://127.9.9.9', 'http://[::1]:80'].map(loopback)).toEqual([
    true,
    true,
    true,
  ]);
  expect(['http://127.0.0.1.example', 'http://10.0.0.1'].map(loopback)).toEqual([false, false]);
});

test.each([
  'ftp://hub.example',
  'https://user:secret@hub.example',
  'https://hub.example/?q=1',
  'https://hub.example/#x',
  'hub.example',
])('takes no hub at %s, and does not repeat what it says', (url) => {
  const attempt = () => hubBase(url);
  expect(attempt).toThrow("the hub's URL");
  expect(attempt).not.toThrow('secret');
});

test.each([
  ['http://127.0.0.1:1', 'http://127.0.0.1:2', null],
  ['http://10.0.0.1', 'http://192.168.0.1', null],
  ['https://1.1.1.1', 'https://1.0.0.1', null],
  ['https://1.1.1.1', 'https://1.1.1.1/elsewhere', null],
  ['https://1.1.1.1', 'http://1.0.0.1', 'an encrypted hub stays encrypted'],
  ['http://1.1.1.1', 'http://169.254.169.254/latest', 'that is a private network'],
  ['https://1.1.1.1', 'https://localhost', 'that is a private network'],
  ['http://1.1.1.1', 'ftp://1.0.0.1', 'only http and https are followed'],
])('a file of %s at %s: %p', async (hub, url, problem) => {
  expect(await hopProblem(new URL(hub), new URL(url))).toBe(problem);
});
