import { Command, InvalidArgumentError, Option } from 'commander';
import { PORT_DEFAULT, type Flags } from '../config';

/** What each verb does; the program only knows how it is spelled. */
export interface Verbs {
  start(flags: Flags): Promise<void>;
  index(targets: readonly string[], flags: Flags): Promise<void>;
  ancestors(model: string, flags: AskFlags): Promise<void>;
  descendants(model: string, flags: AskFlags & { depth?: number }): Promise<void>;
  tree(model: string | undefined, flags: AskFlags & { limit: number }): Promise<void>;
  watch(flags: AskFlags & { after?: string }): Promise<void>;
  exportLog(flags: ExportFlags): Promise<void>;
  recover(folder: string, flags: RecoverFlags): Promise<void>;
  eval(folders: readonly string[], flags: EvalFlags): Promise<void>;
}

/** Flags of the verbs that ask a running server. */
export interface AskFlags {
  readonly url?: string;
  readonly data?: string;
  readonly json?: boolean;
}

export interface ExportFlags {
  readonly data?: string;
  readonly hub?: string;
  readonly brokers?: string;
  readonly partitions?: number;
  readonly json?: boolean;
}

export interface RecoverFlags {
  readonly from: 'sketch' | 'weights';
  readonly method: 'stemma' | 'mother';
  readonly stage?: string;
  readonly trees?: number;
  readonly distance: 'v1' | 'iclr' | 'lora';
  readonly json?: boolean;
}

/** `all`: four methods side by side. `truth`: as many trees as the truth has. */
export interface EvalFlags extends Omit<RecoverFlags, 'method' | 'trees'> {
  readonly method: RecoverFlags['method'] | 'all';
  readonly trees?: number | 'truth';
}

const EXIT_CODES = `
Exit codes: 0 done · 1 the answer is no (unknown model, nothing readable) · 2 wrong usage ·
69 no server or hub answers · 70 a fault in Stemma itself`;

/**
 * The command line, as help and as parser. An option of the whole program may stand before or after the verb, and reaches it
 * only through `optsWithGlobals`.
 */
export function buildProgram(verbs: Verbs): Command {
  const program = new Command('stemma')
    .description('The family tree of a model hub, from the weights alone.')
    .option('--json', 'print JSON and nothing else')
    .showHelpAfterError('(--help shows what is there)')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', EXIT_CODES);
  addPipelineVerbs(program, verbs);
  addAskingVerbs(program, verbs);
  addBatchVerbs(program, verbs);
  addExport(program, verbs);
  return program;
}

function addPipelineVerbs(program: Command, verbs: Verbs): void {
  program
    .command('start')
    .description('watch a hub, index its models and answer questions over HTTP')
    .option('--hub <hub>', 'zoo, huggingface, a URL, or a folder of checkpoints (./models)', 'zoo')
    .option('--author <name>', 'only models of this user or organisation')
    .option('--since <time>', 'only models changed since')
    .option('--data <folder>', 'where the index lives [STEMMA_DATA]')
    .option('--port <n>', `port, 0 for any free one [STEMMA_PORT] (default: ${PORT_DEFAULT})`)
    .option('--once', 'end when all that the hub lists is indexed')
    .addHelpText(
      'after',
      examples(
        'stemma start',
        'stemma start --hub huggingface --author google',
        'stemma start --hub ./checkpoints --once',
      ),
    )
    .action((_: Flags, command: Command) => verbs.start(command.optsWithGlobals()));
  program
    .command('index')
    .description('index single repositories of a hub, or a folder of checkpoints')
    .argument('<repo|folder...>', 'org/name on the hub, or a path (./models)')
    .option('--hub <hub>', 'the hub of the repositories', 'huggingface')
    .option('--data <folder>', 'where the index lives [STEMMA_DATA]')
    .addHelpText(
      'after',
      examples('stemma index google/gemma-2b google/gemma-2b-it', 'stemma index ./checkpoints'),
    )
    .action((targets: string[], _: Flags, command: Command) =>
      verbs.index(targets, command.optsWithGlobals()),
    );
}

function addAskingVerbs(program: Command, verbs: Verbs): void {
  const asking = (name: string, description: string): Command =>
    program
      .command(name)
      .description(description)
      .option('--url <url>', 'address of a running Stemma')
      .option('--data <folder>', 'data folder of a running Stemma [STEMMA_DATA]');
  asking('ancestors', 'what a model descends from, with the evidence')
    .argument('<model>', 'org/name')
    .addHelpText('after', examples('stemma ancestors zoo-ft/imagenet-lower-bold'))
    .action((model: string, _: AskFlags, command: Command) =>
      verbs.ancestors(model, command.optsWithGlobals()),
    );
  asking('descendants', 'what descends from a model')
    .argument('<model>', 'org/name')
    .option('--depth <n>', 'generations', count)
    .addHelpText('after', examples('stemma descendants zoo-ft/mae-root --depth 1'))
    .action((model: string, _: AskFlags, command: Command) =>
      verbs.descendants(model, command.optsWithGlobals()),
    );
  asking('tree', 'draw the tree of a model, or the largest trees')
    .argument('[model]', 'org/name')
    .option('--limit <n>', 'trees drawn', count, 20)
    .addHelpText('after', examples('stemma tree', 'stemma tree zoo-ft/mae-greek'))
    .action((model: string | undefined, _: AskFlags, command: Command) =>
      verbs.tree(model, command.optsWithGlobals()),
    );
  asking('watch', 'print lineage changes as they come')
    .option(
      '--after <place>',
      'begin after this place in the feed; by default with the next change',
      placeInFeed,
    )
    .addHelpText('after', examples('stemma watch', 'stemma watch --after 0 --json'))
    .action((_: AskFlags, command: Command) => verbs.watch(command.optsWithGlobals()));
}

function addBatchVerbs(program: Command, verbs: Verbs): void {
  const batch = (name: string, description: string, methods: readonly string[]): Command =>
    program
      .command(name)
      .description(description)
      .addOption(
        new Option('--from <what>', 'compare sketches or whole weights')
          .choices(['sketch', 'weights'])
          .default('sketch'),
      )
      .addOption(
        new Option('--method <name>', 'our method, or the one of the MoTHer paper')
          .choices(methods)
          .default('stemma'),
      )
      .option(
        '--stage <stage>',
        'mother only: generalization, specialization, or a JSON file of model → stage',
      )
      .addOption(
        new Option('--distance <name>', 'mother only: between weights')
          .choices(['v1', 'iclr', 'lora'])
          .default('iclr'),
      );
  batch('recover', 'recover the trees of a folder of checkpoints', ['stemma', 'mother'])
    .argument('<folder>')
    .option('--trees <k>', TREES, countOfTrees)
    .addHelpText('after', examples('stemma recover ./checkpoints', 'stemma recover ./checkpoints --json'))
    .action((folder: string, _: RecoverFlags, command: Command) =>
      verbs.recover(folder, command.optsWithGlobals()),
    );
  batch('eval', 'recover folders with a truth.json and print how much is right', ['stemma', 'mother', 'all'])
    .argument('<folder...>')
    .option('--trees <k>', `${TREES}; truth: as the truth has`, (text) =>
      text === 'truth' ? text : countOfTrees(text),
    )
    .addHelpText(
      'after',
      examples(
        'stemma eval libs/zoo/models',
        'stemma eval ./families --from weights --json',
        'stemma eval ./families --method all',
      ),
    )
    .action((folders: string[], _: EvalFlags, command: Command) =>
      verbs.eval(folders, command.optsWithGlobals()),
    );
}

function addExport(program: Command, verbs: Verbs): void {
  program
    .command('export-log')
    .description('copy the log of a data folder to Apache Kafka, to go on there')
    .option('--brokers <list>', 'host:port, joined by commas [STEMMA_KAFKA_BROKERS]')
    .option('--partitions <n>', 'partitions of each topic [STEMMA_PARTITIONS] (default: 12)', count)
    .option('--data <folder>', 'data folder of a Stemma that is not running [STEMMA_DATA]')
    .option('--hub <hub>', 'the hub whose data folder it is, where --data does not say', 'zoo')
    .addHelpText('after', examples('stemma export-log --brokers kafka:9092 --data ./stemma-data'))
    .action((_: ExportFlags, command: Command) => verbs.exportLog(command.optsWithGlobals()));
}

const TREES = 'the number of trees; estimated by default';

const examples = (...lines: string[]): string =>
  `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;

function count(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError(`expected a whole number, got ${text}.`);
  return Number(text);
}

/** The seq of the last known change; where the log has several partitions, one of each. */
function placeInFeed(text: string): string {
  if (/^\d{1,15}(,\d{1,15})*$/.test(text)) return text;
  throw new InvalidArgumentError(`expected whole numbers joined by commas, got ${text}.`);
}

function countOfTrees(text: string): number {
  const trees = count(text);
  if (trees === 0) throw new InvalidArgumentError('expected at least one tree.');
  return trees;
}
