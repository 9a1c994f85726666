import * as events from '@stemma/events';
console.log('hello', Object.keys(events).length);
