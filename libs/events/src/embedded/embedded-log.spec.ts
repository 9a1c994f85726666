import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeEventLogContract } from '../event-log.contract.testing';
import { EmbeddedLog } from './embedded-log';

describeEventLogContract('EmbeddedLog', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'stemma-events-'));
  return {
    open: () => EmbeddedLog.open(folder),
    destroy: () => rm(folder, { recursive: true }),
  };
});

// Every few records another segment: whatever crosses a segment's edge is tested by the same suite.
describeEventLogContract(
  'EmbeddedLog with tiny segments',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'stemma-events-'));
    return {
      open: () => EmbeddedLog.open(folder, { segmentBytes: 1024 }),
      destroy: () => rm(folder, { recursive: true }),
      compact: (log) => (log as EmbeddedLog).maintain(),
    };
  },
  { compacts: true },
);
