import {
  KafkaJSAggregateError,
  KafkaJSConnectionError,
  KafkaJSNonRetriableError,
  KafkaJSNumberOfRetriesExceeded,
  KafkaJSProtocolError,
} from 'kafkajs';
import { EventLogError, LogUnavailableError } from '../event-log-error';
import { inOurWords, isLostMembership, patiently } from './kafka-failure';

const answer = (type: string, retriable: boolean, code = 0): Error =>
  new KafkaJSProtocolError(Object.assign(new Error(`the broker says ${type}`), { type, code, retriable }));
/** As the client's retrier wraps what is final, and what it has tried too often. */
const final = (cause: Error): Error => Object.assign(new KafkaJSNonRetriableError(cause), { cause });
const tooOften = (cause: Error): Error =>
  new KafkaJSNumberOfRetriesExceeded(cause, { retryCount: 3, retryTime: 1 });

describe('inOurWords', () => {
  it.each<[string, Error, object]>([
    ['a broker away', tooOften(new KafkaJSConnectionError('ECONNREFUSED')), { name: 'LogUnavailableError' }],
    [
      'a broker away, put final',
      final(new KafkaJSConnectionError('ECONNREFUSED')),
      { name: 'LogUnavailableError' },
    ],
    ['too few copies', tooOften(answer('NOT_ENOUGH_REPLICAS', true)), { name: 'LogUnavailableError' }],
    ['an old epoch', answer('INVALID_PRODUCER_EPOCH', false), { fault: 'fenced' }],
    ['a fenced producer', answer('UNKNOWN', false, 90), { fault: 'fenced' }],
    [
      'a topic that is not there',
      tooOften(answer('UNKNOWN_TOPIC_OR_PARTITION', true)),
      { fault: 'unknown-topic' },
    ],
    ['a batch over the limit', final(answer('MESSAGE_TOO_LARGE', false)), { fault: 'too-large' }],
    [
      'one of several',
      new KafkaJSAggregateError('topics', [answer('UNKNOWN_TOPIC_OR_PARTITION', true)]),
      { fault: 'unknown-topic' },
    ],
  ])('says what %s means', (_, error, meaning) => {
    expect(inOurWords(error, 'it could not be done')).toMatchObject({
      ...meaning,
      cause: error,
      message: expect.stringMatching(/^it could not be done: /),
    });
  });

  it('leaves alone what is no matter of waiting, and what is not the client’s', () => {
    const ours = new EventLogError('closed', 'the log is closed');
    for (const error of [answer('TOPIC_AUTHORIZATION_FAILED', false), new TypeError('of a handler'), ours])
      expect(inOurWords(error, 'it could not be done')).toBe(error);
  });

  it('knows when the group goes on without us', () => {
    expect(isLostMembership(final(answer('ILLEGAL_GENERATION', false)))).toBe(true);
    expect(isLostMembership(tooOften(answer('NOT_COORDINATOR_FOR_GROUP', true)))).toBe(true);
    expect(isLostMembership(new KafkaJSConnectionError('ECONNREFUSED'))).toBe(false);
  });
});

describe('patiently', () => {
  it('tries again what passes, within bounds, and at once gives up what does not', async () => {
    let tries = 0;
    const failing = (error: Error, until: number) => async (): Promise<string> => {
      tries += 1;
      if (tries < until) throw error;
      return 'done';
    };
    expect(await patiently('it', 5_000, failing(answer('NOT_COORDINATOR_FOR_GROUP', true), 2))).toBe('done');
    tries = 0;
    const never = patiently('it', 250, failing(new KafkaJSConnectionError('ECONNREFUSED'), Infinity));
    await expect(never).rejects.toBeInstanceOf(LogUnavailableError);
    expect(tries).toBe(2);
    tries = 0;
    const refused = answer('TOPIC_AUTHORIZATION_FAILED', false);
    await expect(patiently('it', 5_000, failing(refused, Infinity))).rejects.toBe(refused);
    expect(tries).toBe(1);
  });
});
