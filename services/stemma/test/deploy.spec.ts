import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CORE_SCHEMA, load, loadAll, mergeTag } from 'js-yaml';
import { allMetrics, commonSettings, problemsOf, type MetricDescription } from '@stemma/service';
import { SERVICES } from '../src/constellation/members';

/** What lies in deploy/ names things of the code: metrics, variables, files, targets. Here they are held against each other. */
const ROOT = join(__dirname, '../../..');
const DEPLOY = join(ROOT, 'deploy');

const read = (file: string): string => readFileSync(join(DEPLOY, file), 'utf8');

type Tree = { readonly [key: string]: Tree } & readonly Tree[] & string;

/** Compose files merge with `<<`, which YAML 1.2 has no more. */
const schema = CORE_SCHEMA.withTags(mergeTag);
const yaml = (file: string): Tree => load(read(file), { schema }) as Tree;
const kubernetes = (): Tree[] =>
  readdirSync(join(DEPLOY, 'kubernetes'))
    .filter((name) => name !== 'kustomization.yaml')
    .flatMap((name) => loadAll(read(`kubernetes/${name}`)) as Tree[]);

/** Variables that a service reads, by its name. */
const variables = new Map(
  SERVICES.map(({ name, settings, healthPort }) => [
    name,
    Object.values({ ...commonSettings(healthPort), ...settings }).map((setting) => setting.name),
  ]),
);
const known = new Set([...variables.values()].flat());

let metrics: ReadonlyMap<string, MetricDescription>;
beforeAll(async () => {
  metrics = new Map((await allMetrics()).map((metric) => [metric.name, metric]));
});

/** Names of metrics in PromQL, and which of their labels it looks at in selectors. */
function metricsIn(expression: string): { name: string; labels: string[] }[] {
  const bare = expression.replace(/"[^"]*"/g, '""');
  return [...bare.matchAll(/\b((?:stemma|process|nodejs)_\w+)(?:\{([^}]*)\})?/g)].map(
    ([, name, selector]) => ({
      name: name!,
      labels: [...(selector ?? '').matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label]) => label!),
    }),
  );
}

/** Labels of `by (…)`. */
const groupings = (expression: string): string[] =>
  [...expression.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, labels]) =>
    labels!.split(',').map((label) => label.trim()),
  );

function expectKnown(expression: string): void {
  const named = metricsIn(expression);
  expect([expression, named.length]).not.toEqual([expression, 0]);
  const labels = new Set(['le']);
  for (const { name, labels: asked } of named) {
    const base = name.replace(/_(bucket|count|sum)$/, '');
    const metric =
      metrics.get(name) ?? (metrics.get(base)?.kind === 'histogram' ? metrics.get(base) : undefined);
    expect([expression, name, metric?.name]).toEqual([expression, name, metrics.has(name) ? name : base]);
    for (const label of metric!.labels) labels.add(label);
    expect(metric!.labels).toEqual(expect.arrayContaining(asked));
    if (metric!.kind === 'counter') expect(expression).toMatch(/\b(rate|increase)\(|_bytes_total\) \//);
  }
  expect([...labels]).toEqual(expect.arrayContaining(groupings(expression)));
  const depth = [...expression.replace(/"[^"]*"/g, '')].reduce(
    (open, c) => open + (c === '(' ? 1 : c === ')' ? -1 : 0),
    0,
  );
  expect([expression, depth]).toEqual([expression, 0]);
}

describe('the dashboard', () => {
  const dashboard = JSON.parse(read('grafana/dashboard.json')) as {
    panels: {
      id: number;
      type: string;
      title: string;
      gridPos: { x: number; y: number; w: number; h: number };
      targets?: { expr: string; legendFormat: string }[];
    }[];
  };
  const panels = dashboard.panels.filter(({ type }) => type !== 'row');

  it('shows only metrics and labels that there are, and every metric of ours', () => {
    const expressions = panels.flatMap(({ targets }) => targets!.map(({ expr }) => expr));
    for (const expression of expressions) expectKnown(expression);
    for (const { targets } of panels)
      for (const { expr, legendFormat } of targets!)
        for (const [, label] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
          expect(groupings(expr)).toContain(label);
    const shown = new Set(expressions.flatMap((text) => metricsIn(text).map(({ name }) => name)));
    const missing = [...metrics.keys()].filter(
      (name) =>
        name.startsWith('stemma_') &&
        name !== 'stemma_info' &&
        !['', '_bucket', '_count', '_sum'].some((suffix) => shown.has(name + suffix)),
    );
    expect(missing).toEqual([]);
  });

  it('has panels that do not lie on one another', () => {
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)}/${y + Math.floor(i / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  });
});

describe('the alerts', () => {
  const rules = (
    yaml('prometheus/alerts.yaml').groups as unknown as { rules: Record<string, unknown>[] }[]
  ).flatMap((group) => group.rules);

  it('ask only for metrics and labels that there are, and say what to do', () => {
    expect(rules.length).toBeGreaterThan(8);
    for (const { alert, expr, labels, annotations, for: during } of rules) {
      expectKnown(expr as string);
      expect(alert).toMatch(/^Stemma[A-Z]\w+$/);
      expect(labels).toEqual({ severity: expect.stringMatching(/^(critical|warning|info)$/) as unknown });
      expect(Object.keys(annotations as object)).toEqual(['summary', 'description']);
      if (during !== undefined) expect(during).toMatch(/^\d+[mh]$/);
    }
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  });
});

describe('the images', () => {
  const dockerfile = read('Dockerfile');
  const stages = [...dockerfile.matchAll(/^FROM (\S+) AS (\w+)$/gm)].map(([, , name]) => name!);

  it('have a target for each service, that starts what the build makes of its main file', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    for (const { name } of SERVICES) {
      expect(stages).toContain(name);
      const main = `dist/services/${name}/src/main.js`;
      expect(dockerfile).toContain(`CMD ["${main}"]`);
      const stage = dockerfile.split(`AS ${name}\n`)[1]!.split('\nFROM ')[0]!;
      const flags = /^ENV NODE_OPTIONS=(.+)$/m.exec(stage)?.slice(1) ?? [];
      expect(scripts[`start:${name}`]).toBe(['node', ...flags, main].join(' '));
      readFileSync(join(ROOT, `services/${name}/src/main.ts`));
    }
    expect(dockerfile).toContain(`npx ${scripts.build}`);
  });

  it('copy only what is there and not ignored, run without root, and set what the services read', () => {
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths]) =>
      paths!.split(' '),
    );
    const ignore = read('Dockerfile.dockerignore');
    for (const path of copied) {
      readdirSync(join(ROOT, join(path, '..')));
      expect(readdirSync(join(ROOT, join(path, '..')))).toContain(path.split('/').at(-1));
      expect(ignore).toContain(`!${path.split('/')[0]}`);
    }
    expect(dockerfile).toMatch(/^USER 10001:10001$/m);
    const set = [...dockerfile.matchAll(/\b(STEMMA_\w+)=/g)].map(([, name]) => name!);
    expect(set.length).toBeGreaterThan(3);
    for (const name of set) expect(known).toContain(name);
  });
});

describe('compose.yaml', () => {
  const compose = yaml('compose.yaml').services as unknown as Record<string, Record<string, unknown>>;

  it('starts the four services read-only, each from its own target, with variables that it reads', () => {
    for (const { name } of SERVICES) {
      const service = compose[name]!;
      expect(service).toMatchObject({
        build: { dockerfile: 'deploy/Dockerfile', target: name },
        read_only: true,
        cap_drop: ['ALL'],
        depends_on: { kafka: { condition: 'service_healthy' } },
      });
      const environment = Object.keys(service.environment as object);
      expect(variables.get(name)).toEqual(expect.arrayContaining(environment));
    }
    expect(compose.kafka!.image).toBe('apache/kafka:4.3.1');
  });

  it('gives every service what it needs, where nothing is set outside', () => {
    const inImage = {
      STEMMA_HOST: '0.0.0.0',
      STEMMA_HEALTH_PORT: '9464',
      STEMMA_DATA: '/data',
      STEMMA_LOG: 'json',
    };
    for (const { name, settings, healthPort } of SERVICES) {
      const set = Object.entries(compose[name]!.environment as Record<string, unknown>).map(
        ([variable, value]) => [variable, String(value).replace(/\$\{\w+:-([^}]*)\}/g, '$1')],
      );
      const env = { ...inImage, ...(Object.fromEntries(set) as Record<string, string>) };
      expect(problemsOf({ ...commonSettings(healthPort), ...settings }, env)).toEqual([]);
    }
  });

  it('mounts only volumes and files that there are', () => {
    const volumes = Object.keys(yaml('compose.yaml').volumes ?? {});
    for (const mount of Object.values(compose).flatMap((service) => (service.volumes ?? []) as string[])) {
      const [from] = mount.split(':') as [string];
      if (from.startsWith('./'))
        expect(readdirSync(join(DEPLOY, from, '..'))).toContain(from.split('/').at(-1));
      else expect(volumes).toContain(from);
    }
  });
});

describe('the kustomization', () => {
  const kustomization = yaml('kubernetes/kustomization.yaml') as unknown as {
    resources: string[];
    configMapGenerator: { name: string; literals: string[] }[];
    images: { name: string }[];
  };
  const env = Object.fromEntries(
    kustomization.configMapGenerator[0]!.literals.map((literal) => literal.split(/=(.*)/s).slice(0, 2)),
  ) as Record<string, string>;

  interface Workload {
    readonly kind: string;
    readonly metadata: { readonly name: string };
    readonly spec: {
      readonly template: { readonly spec: Record<string, unknown> & { readonly containers: Container[] } };
      readonly selector: { readonly matchLabels: Record<string, string> };
    };
  }
  interface Container {
    readonly name: string;
    readonly image: string;
    readonly env?: { name: string; value: string }[];
    readonly ports: { name: string; containerPort: number }[];
  }
  const workloads = (): Workload[] =>
    kubernetes().filter(({ kind }) => ['Deployment', 'StatefulSet'].includes(kind!)) as unknown as Workload[];

  it('lists every file beside it, and sets only what services read', () => {
    const files = readdirSync(join(DEPLOY, 'kubernetes')).filter((name) => name !== 'kustomization.yaml');
    expect([...kustomization.resources].sort()).toEqual(files.sort());
    for (const name of Object.keys(env)) expect(known).toContain(name);
    expect(kustomization.images.map(({ name }) => name)).toEqual(
      SERVICES.map(({ name }) => `stemma-${name}`),
    );
  });

  it('runs every service with probes and limits, without root, on a root that it cannot write to', () => {
    expect(
      workloads()
        .map(({ metadata }) => metadata.name)
        .sort(),
    ).toEqual(SERVICES.map(({ name }) => `stemma-${name}`).sort());
    const inImage = {
      STEMMA_HOST: '0.0.0.0',
      STEMMA_HEALTH_PORT: '9464',
      STEMMA_DATA: '/data',
      STEMMA_LOG: 'json',
    };
    for (const { metadata, spec } of workloads()) {
      const pod = spec.template.spec;
      expect(pod).toMatchObject({
        enableServiceLinks: false,
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      });
      const [container] = pod.containers as [Container];
      expect(container).toMatchObject({
        image: metadata.name,
        livenessProbe: { httpGet: { path: '/health', port: 'health' } },
        readinessProbe: { httpGet: { path: '/ready', port: 'health' } },
        securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false },
        resources: {
          requests: expect.anything() as unknown,
          limits: { memory: expect.anything() as unknown },
        },
      });
      expect(container.ports).toContainEqual({ name: 'health', containerPort: 9464 });
      const own = Object.fromEntries((container.env ?? []).map(({ name, value }) => [name, value]));
      const { settings, healthPort, name } = SERVICES.find((one) => `stemma-${one.name}` === metadata.name)!;
      expect(variables.get(name)).toEqual(expect.arrayContaining(Object.keys(own)));
      expect(
        problemsOf({ ...commonSettings(healthPort), ...settings }, { ...inImage, ...env, ...own }),
      ).toEqual([]);
      const graceS = Number(pod.terminationGracePeriodSeconds);
      const stopS = Number(/^(\d+)s$/.exec(own.STEMMA_STOP_TIMEOUT ?? env.STEMMA_STOP_TIMEOUT!)![1]);
      expect(graceS).toBeGreaterThan(stopS + 5);
    }
  });

  it('protects every service from being drained all at once, and finds its pods by the labels that they have', () => {
    const budgets = kubernetes().filter(
      ({ kind }) => kind === 'PodDisruptionBudget',
    ) as unknown as Workload[];
    const labels = workloads().map(({ spec }) => spec.selector.matchLabels);
    expect(budgets.map(({ spec }) => spec.selector.matchLabels)).toEqual(expect.arrayContaining(labels));
    const services = kubernetes().filter(({ kind }) => kind === 'Service') as unknown as {
      spec: { selector: Record<string, string> };
    }[];
    for (const { spec } of services) expect(labels).toContainEqual(spec.selector);
  });
});
