/** One config; the file's suffix says what a test needs (see CONTRIBUTING.md). */
const tiers = { kafka: '\\.kafka-spec\\.ts$', e2e: '\\.e2e-spec\\.ts$' };
const tier = tiers[process.env.TEST_TIER];

module.exports = {
  testRegex: tier ?? '(?<!\\.(kafka|e2e|live))[.-]spec\\.ts$',
  testPathIgnorePatterns: tier
    ? ['/node_modules/', '/dist/']
    : ['/node_modules/', '/dist/', '\\.(kafka|e2e|live)-spec\\.ts$'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  testEnvironment: 'node',
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'commonjs' },
      },
    ],
  },
  moduleNameMapper: {
    '^@stemma/(watcher|sketcher|indexer|query)$': '<rootDir>/services/$1/src/index.ts',
    '^@stemma/([a-z]+)$': '<rootDir>/libs/$1/src/index.ts',
  },
  testTimeout: 30_000,
  maxWorkers: 2,
};
