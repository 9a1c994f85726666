import { runProcess } from '@stemma/service';
import { indexerService } from './service';

runProcess(indexerService);
