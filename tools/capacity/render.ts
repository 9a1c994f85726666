import { bytes, integer, percent, seconds, table, times } from './format';
import {
  DEPLOYMENT,
  HUB_PLANS,
  HUB_TODAY,
  UNIT_COSTS,
  type Deployment,
  type UnitCosts,
  type Workload,
} from './assumptions';
import { largestShare, partitionShares } from './partition-shares';
import { breakingPoints, indexMs, plan, type Plan } from './plan';
import { simulateBackFill, simulateDay } from './simulate';

export const SEED = 1;
const GROWTHS = [1, 5, 10, 20];

/** The capacity plan as a page of Markdown. */
export function renderPlan(): string {
  return [
    HEAD,
    '## What is assumed\n',
    assumptions(HUB_TODAY),
    '## What was measured\n',
    measured(UNIT_COSTS),
    `## On paper: ${DEPLOYMENT.partitions} partitions, ${DEPLOYMENT.indexers} indexers, ${DEPLOYMENT.sketchers} sketchers, an Enterprise quota\n`,
    paper(plan(HUB_TODAY, UNIT_COSTS, DEPLOYMENT)),
    '## A day, simulated\n',
    DAY,
    days(),
    '## Back-fill\n',
    BACK_FILL,
    backFills(),
    '## Partitions\n',
    PARTITIONS,
    partitions(),
    '## Where it breaks first\n',
    breaks(),
    '',
  ].join('\n');
}

const HEAD = `# Capacity plan

For a hub of 2.5 million models and 150,000 new ones a month. \`npm run plan\` makes this page from \`tools/capacity\`:
assumptions and measured unit costs (\`assumptions.ts\`), the plan on paper, and a simulation that checks it, event by event.
It is a plan, not a measurement: nothing of this size was run.
`;

const DAY = `Arrivals as a Poisson process that swings over the day, and in its busiest hour one organisation uploads
${integer(HUB_TODAY.burstModels)} models of the largest partition. Delay: from the publication to the change in the feed.
`;

const BACK_FILL = `All models that there are, once, before the stream is followed. File requests are what the hub counts; two of three are not
needed where models are smaller than 7B.
`;

const PARTITIONS = `A family lives in one partition, so the largest architecture bounds what partitions can even out. The partition count cannot be
changed later without indexing anew (export and import), so take it for the years to come.
`;

function assumptions(workload: Workload): string {
  return table(
    ['', ''],
    [
      ['models', integer(workload.models)],
      ['new models a month', integer(workload.modelsAMonth)],
      ['events a model, revisions included', String(workload.eventsAModel)],
      [
        'architectures',
        `${integer(workload.architectures)}, by a power law; the largest has ${percent(largestShare(workload))}`,
      ],
      ['busiest hour of a day', `${workload.peakOverMean} times the mean`],
      ['a burst of one organisation', `${integer(workload.burstModels)} models within an hour`],
    ],
  );
}

function measured(costs: UnitCosts): string {
  const [[n0, ms0], [n1, ms1]] = costs.indexMsAt as readonly (readonly [number, number])[] as [
    readonly [number, number],
    readonly [number, number],
  ];
  return table(
    ['of one model', '', 'printed by'],
    [
      [
        'requests for its weights (7B; smaller ones fewer)',
        String(costs.fileRequestsAModel),
        '`npx jest libs/weights`',
      ],
      ['bytes read (7B, bf16)', bytes(costs.readBytesAModel), '`npx jest libs/weights`'],
      ['CPU of reading and sketching', `${costs.sketchCpuMs} ms`, '`npm run bench sketch`, `hub`'],
      ['its sketch', bytes(costs.sketchBytes), '`npm run bench sketch`'],
      ['its sketch as the broker keeps it', bytes(costs.sketchedRecordBytes), '`capacity.spec.ts`'],
      [
        `CPU of indexing it among ${integer(n0)} / ${integer(n1)} of its partition`,
        `${ms0} / ${ms1} ms`,
        '`npm run bench indexer`',
      ],
      ['memory of the indexer', bytes(costs.indexerBytesAModel), '`npm run bench indexer`'],
      ['disk of the indexer', bytes(costs.diskBytesAModel), '`npm run bench store`'],
      ['memory of the query service', bytes(costs.queryBytesAModel), '`npm run bench query`'],
      ['changes announced for it', String(costs.changesAnArrival), '`npm run bench indexer`'],
    ],
  );
}

function paper(found: Plan): string {
  return table(
    ['', ''],
    [
      [
        'arrivals',
        `${found.arrivalsASecond.toFixed(3)}/s, ${found.peakArrivalsASecond.toFixed(2)}/s in the busiest hour`,
      ],
      ['quota of the hub used in the busiest hour', percent(found.quotaShare)],
      ['sketchers’ cores used', percent(found.sketcherShare)],
      ['core of the largest partition used', percent(found.indexerShare)],
      ['models of the largest partition', integer(Math.round(found.largestPartitionModels))],
      ['memory of the fullest indexer', bytes(found.indexerBytes)],
      ['disk of the fullest indexer', bytes(found.indexerDiskBytes)],
      [
        'memory of a query service',
        `${bytes(found.queryBytes)}, ready ${Math.round(found.queryStartS)} s after it starts`,
      ],
      [
        'disk of the brokers together',
        `${bytes(found.brokerBytes)}, and ${bytes(found.brokerBytesAMonth)} more a month`,
      ],
      ['read from the hub', `${bytes(found.readBytesADay)} a day`],
    ],
  );
}

function days(): string {
  return table(
    ['hub', 'arrivals', 'median', 'p99', 'longest', 'busiest core of a partition'],
    GROWTHS.map((growth) => {
      const workload = grown(HUB_TODAY, growth);
      const { median, p99, max, arrivals, busiest } = simulateDay(workload, UNIT_COSTS, DEPLOYMENT, SEED);
      return [
        times(growth),
        integer(arrivals),
        seconds(median),
        seconds(p99),
        seconds(max),
        percent(busiest),
      ];
    }),
  );
}

function backFills(): string {
  return table(
    ['quota', 'sketchers', 'days', 'held up by'],
    HUB_PLANS.map(({ name, fileRequestsIn5Min }) => {
      const deployment: Deployment = { ...DEPLOYMENT, fileRequestsIn5Min };
      const { days: taken, heldUpBy } = simulateBackFill(HUB_TODAY, UNIT_COSTS, deployment);
      const [[worst]] = Object.entries(heldUpBy).sort(([, x], [, y]) => y - x) as [[string, number]];
      return [name, String(deployment.sketchers), taken.toFixed(1), `the ${worst}`];
    }),
  );
}

function partitions(): string {
  return table(
    ['partitions', 'largest has', 'its models', 'CPU an arrival there', 'arrivals/s that its core can take'],
    [1, 6, 12, 24, 64].map((count) => {
      const largest = Math.max(...partitionShares(HUB_TODAY, count));
      const models = HUB_TODAY.models * largest;
      const ms = indexMs(UNIT_COSTS, models);
      return [
        String(count),
        percent(largest),
        integer(Math.round(models)),
        `${ms.toFixed(0)} ms`,
        (1_000 / ms).toFixed(0),
      ];
    }),
  );
}

function breaks(): string {
  const points = breakingPoints(HUB_TODAY, UNIT_COSTS, DEPLOYMENT);
  const rows = points.map(({ what, factor }) => [
    what,
    `${integer(Number(factor.toPrecision(2)))} × today’s arrivals`,
  ]);
  const { queryBytes, indexerBytes } = plan(HUB_TODAY, UNIT_COSTS, DEPLOYMENT);
  const GIB = 2 ** 30;
  rows.push(
    [
      'memory of a query service of 16 GiB',
      `${integer(Math.round((HUB_TODAY.models * 16 * GIB * 0.7) / queryBytes))} models`,
    ],
    [
      'memory of an indexer of 32 GiB',
      `${integer(Math.round((HUB_TODAY.models * 32 * GIB * 0.7) / indexerBytes))} models`,
    ],
  );
  return table(['what is 70 % used', 'at'], rows);
}

export const grown = (workload: Workload, factor: number): Workload => ({
  ...workload,
  modelsAMonth: workload.modelsAMonth * factor,
});
