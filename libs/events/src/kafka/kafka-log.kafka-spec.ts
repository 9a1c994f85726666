import { describeEventLogContract } from '../event-log.contract.testing';
import { openLog } from './kafka.testing';

describeEventLogContract('KafkaLog', async () => ({ open: () => openLog(), destroy: async () => undefined }));
