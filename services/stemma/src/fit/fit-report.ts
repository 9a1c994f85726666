import {
  calibrationError,
  confidentScoreOf,
  type ConfidentAnswer,
  type ConfidentScore,
  type Constants,
  countKinship,
  DEFAULT_CONSTANTS,
  type Fit,
  type FittedKnob,
  type HeldOut,
  type MeasuredFamily,
  STAGES,
} from '@stemma/lineage';

/** Figures of the kinship rule that are looked at around the committed ones. */
const CORRELATIONS = [0.95, 0.96, 0.97, 0.975, 0.98, 0.99];
const SINE_SQUARES = [0.0005, 0.001, 0.002, 0.004, 0.008];
const BINS = 10;

/** The fit as Markdown: what was fitted, to what, how it does on families that were left out, and how honest it is. */
export function fitReport(
  families: readonly MeasuredFamily[],
  fit: Fit,
  heldOut: readonly HeldOut[],
): string {
  return [
    '# Constants and the figures that justify them',
    PREAMBLE,
    '## Families',
    familiesTable(families),
    '## Left out and never fitted on',
    'Every group is left out once; the constants are fitted on the others and used on it. Beside it the same with the committed constants.',
    heldOutTable(heldOut),
    '## Reliability',
    `All answers of the left-out groups, by the confidence that was given: expected calibration error ${figure(eceOf(heldOut))}.`,
    reliabilityTable(heldOut.flatMap(({ fittedWithout }) => fittedWithout.answers)),
    `The same answers with the committed constants: ${figure(committedEce(heldOut))}.`,
    reliabilityTable(heldOut.flatMap(({ committed }) => committed.answers)),
    '## Fitted values',
    VALUES,
    ...STAGES.map((stage) => knobsSection(stage.name, stage.loss, fit.knobs)),
    '## Kinship',
    KINSHIP,
    kinshipTable(families),
    '',
  ].join('\n\n');
}

const PREAMBLE = `Made by \`npm run fit\` from \`families.json.gz\`, the measures of every pair of these families; there is no seed. How they were
trained is in [train/README.md](../train/README.md). No figure of another page is of one of them, but for \`pretrained\`, which is
in the repository and is here to check that confidence is honest on it. *Surprise* is the mean −ln probability given to the truth.`;

const VALUES = `Each value with all other constants at the fitted ones: the **fitted** one in bold, the \`committed\` one as code. The two differ only
where the loss is flat. Committed then is what overstates less: with the fitted lapse the surest answers are surer than they should be.`;

const KINSHIP = `True edges that would be lost, and pairs of unrelated relatives (twins from one initialisation) that would be joined, by
\`kinCorrelationMin\` (down) and \`kinSineSquareMax\` (across).`;

function familiesTable(families: readonly MeasuredFamily[]): string {
  const groups = [...new Set(families.map(({ group }) => group))];
  return table(
    ['group', 'families', 'models', 'edges', 'pairs measured'],
    groups.map((group) => {
      const own = families.filter((family) => family.group === group);
      const models = own.flatMap((family) => family.models);
      const edges = models.filter(({ parents }) => parents.length > 0).length;
      return [group, own.length, models.length, edges, own.reduce((sum, { pairs }) => sum + pairs.length, 0)];
    }),
  );
}

function heldOutTable(heldOut: readonly HeldOut[]): string {
  const cells = (score: ConfidentScore): string[] => [
    `${score.directed}/${score.edges}`,
    `${score.rootsFound}/${score.roots}`,
    figure(score.ece),
    figure(score.surprise),
  ];
  const labels = ['directed', 'roots', 'ECE', 'surprise'];
  return table(
    ['group', ...labels, ...labels.map((label) => `${label}, committed`)],
    heldOut.map(({ group, fittedWithout, committed }) => [
      group,
      ...cells(fittedWithout),
      ...cells(committed),
    ]),
  );
}

function reliabilityTable(answers: readonly ConfidentAnswer[]): string {
  const rows = Array.from({ length: BINS }, (_, bin) => {
    const own = answers.filter(({ confidence }) => Math.min(BINS - 1, Math.floor(confidence * BINS)) === bin);
    if (own.length === 0) return null;
    const mean = own.reduce((sum, { confidence }) => sum + confidence, 0) / own.length;
    const right = own.filter((answer) => answer.right).length / own.length;
    return [`${bin / BINS} to ${(bin + 1) / BINS}`, own.length, figure(mean), figure(right)];
  });
  return table(
    ['confidence', 'answers', 'mean confidence', 'share right'],
    rows.filter((row) => row !== null),
  );
}

const eceOf = (heldOut: readonly HeldOut[]): number =>
  calibrationError(heldOut.flatMap(({ fittedWithout }) => fittedWithout.answers));

const committedEce = (heldOut: readonly HeldOut[]): number =>
  calibrationError(heldOut.flatMap(({ committed }) => committed.answers));

function knobsSection(stage: string, loss: string, knobs: readonly FittedKnob[]): string {
  const own = knobs.filter((knob) => knob.stage === stage);
  const lines = own.map(({ name, fitted, tried }) => {
    const cells = tried.map(({ value, loss: of }) => `${shown(value, fitted, name)} ${figure(of)}`);
    return `- \`${name}\`: ${cells.join(' · ')}`;
  });
  return `### ${stage}: ${loss}\n\n${lines.join('\n')}`;
}

function shown(value: number, fitted: number, name: FittedKnob['name']): string {
  const text = value === DEFAULT_CONSTANTS[name] ? `\`${value}\`` : String(value);
  return value === fitted ? `**${text}**:` : `${text}:`;
}

function kinshipTable(families: readonly MeasuredFamily[]): string {
  return table(
    ['', ...SINE_SQUARES.map(String)],
    CORRELATIONS.map((kinCorrelationMin) => [
      String(kinCorrelationMin),
      ...SINE_SQUARES.map((kinSineSquareMax) => {
        const constants: Constants = { ...DEFAULT_CONSTANTS, kinCorrelationMin, kinSineSquareMax };
        const { edges, edgesLost, unrelated, unrelatedJoined } = countKinship(families, constants);
        return `${edgesLost}/${edges} · ${unrelatedJoined}/${unrelated}`;
      }),
    ]),
  );
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const figure = (value: number): string => value.toFixed(3);

/** One line for the terminal. */
export function fitSummary(families: readonly MeasuredFamily[], fit: Fit): string {
  const { directed, edges, ece } = confidentScoreOf(families, fit.constants);
  return `${directed} of ${edges} edges with the fitted constants, calibration error ${figure(ece)}`;
}
