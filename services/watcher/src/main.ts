import { runProcess } from '@stemma/service';
import { watcherService } from './service';

runProcess(watcherService);
