import { runProcess } from '@stemma/service';
import { sketcherService } from './service';

runProcess(sketcherService);
