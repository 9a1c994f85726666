// Runs one TypeScript file: see tools/run-ts.js.
require('../../tools/run-ts.js');
