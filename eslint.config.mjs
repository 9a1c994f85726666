import eslint from '@eslint/js';
import n from 'eslint-plugin-n';
import tseslint from 'typescript-eslint';

const LIBS = ['events', 'hub', 'weights', 'sketch', 'lineage', 'store', 'zoo', 'service'];
const SERVICES = ['watcher', 'sketcher', 'indexer', 'query'];

/** Which of our own libraries each library may enter, always through its `index.ts`. */
const ALLOWED = {
  events: [],
  weights: [],
  sketch: [],
  lineage: [],
  hub: ['weights', 'events'],
  store: ['sketch', 'lineage'],
  zoo: [],
  service: ['events', 'hub', 'zoo'],
};

const ours = (name) => ({
  group: [`@stemma/${name}`, `@stemma/${name}/*`],
  message: 'Imports point one way: see DESIGN in CONTRIBUTING.md.',
});
const relativeOut = {
  regex: '^(\\.\\./)+(libs|services)/',
  message: 'Enter a library through @stemma/<lib>.',
};
const pathsInto = { regex: '^@stemma/[a-z]+/', message: 'Enter a library through its index.ts.' };
const nest = { group: ['@nestjs/*'], message: 'Nest lives in services only.' };
const io = {
  group: [
    'node:fs',
    'node:fs/*',
    'node:http',
    'node:https',
    'node:net',
    'node:child_process',
    'fs',
    'http',
    'net',
  ],
  message: 'Pure libraries do no I/O.',
};

const restrict = (patterns, paths = []) => ({ 'no-restricted-imports': ['error', { patterns, paths }] });

const PURE_GLOBALS = ['fetch', 'setTimeout', 'setInterval', 'process', 'performance'].map((name) => ({
  name,
  message: 'Pure libraries do no I/O and read no clock.',
}));
const PURE_PROPERTIES = [
  { object: 'Math', property: 'random', message: 'Draw from a seeded generator.' },
  { object: 'Date', property: 'now', message: 'Take the time as an argument.' },
];

const libraryRules = LIBS.map((lib) => ({
  files: [`libs/${lib}/src/**/*.ts`],
  ignores: ['**/*spec.ts', '**/*.bench.ts', '**/*.testing.ts'],
  rules: restrict([
    nest,
    relativeOut,
    pathsInto,
    ...[...LIBS.filter((other) => other !== lib && !ALLOWED[lib].includes(other)), ...SERVICES, 'stemma'].map(
      ours,
    ),
    ...(['weights', 'sketch', 'lineage'].includes(lib) ? [io] : []),
  ]),
}));

const serviceRules = SERVICES.map((service) => ({
  files: [`services/${service}/src/**/*.ts`],
  ignores: ['**/*spec.ts'],
  rules: restrict([relativeOut, pathsInto, ...SERVICES.filter((other) => other !== service).map(ours)]),
}));

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/', '**/*.js', '**/*.mjs', '**/build/'] },
  eslint.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    plugins: { n },
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': ['error', { max: 70, skipComments: true, skipBlankLines: true }],
      'n/no-process-env': 'error',
      eqeqeq: 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/require-array-sort-compare': ['error', { ignoreStringArrays: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
    },
  },
  ...libraryRules,
  ...serviceRules,
  {
    files: ['libs/{weights,sketch,lineage}/src/**/*.ts'],
    ignores: ['**/*spec.ts', '**/*.bench.ts', '**/*.testing.ts'],
    rules: {
      'no-restricted-globals': ['error', ...PURE_GLOBALS],
      'no-restricted-properties': ['error', ...PURE_PROPERTIES],
    },
  },
  {
    files: ['libs/**/*.ts', 'services/**/*.ts'],
    ignores: ['libs/store/**'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: ['@duckdb/node-api', 'hnswlib-node'].map((name) => ({
            name,
            message: 'Only libs/store knows SQL and HNSW.',
          })),
        },
      ],
    },
  },
  {
    files: ['**/config.ts', '**/*spec.ts', '**/*.bench.ts', '**/*.testing.ts'],
    rules: { 'n/no-process-env': 'off' },
  },
  {
    files: ['**/*spec.ts', '**/*.bench.ts', '**/*.testing.ts'],
    rules: {
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
);
