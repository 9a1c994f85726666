export { UsageError } from '@stemma/service';
