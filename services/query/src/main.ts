import 'reflect-metadata';
import { runProcess } from '@stemma/service';
import { queryService } from './service';

runProcess(queryService);
