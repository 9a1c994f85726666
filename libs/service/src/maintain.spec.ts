import { maintain } from './maintain';

it('does every chore again and again until it is stopped; what is not possible now waits, anything else ends it', async () => {
  const stopping = new AbortController();
  const done: string[] = [];
  const full = Object.assign(new Error('disk full'), { retryable: true });
  const chores = [
    () => Promise.reject(full),
    () => {
      done.push('chore');
      if (done.length === 3) stopping.abort();
      return Promise.resolve();
    },
  ];
  await maintain(chores, stopping.signal, 1);
  expect(done).toEqual(['chore', 'chore', 'chore']);
  const broken = maintain([() => Promise.reject(new Error('broken'))], new AbortController().signal, 1);
  await expect(broken).rejects.toThrow('broken');
});
