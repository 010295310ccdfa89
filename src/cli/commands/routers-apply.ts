import { ConnectError } from '@connectrpc/connect';
import { showName } from '../../config/show-name.ts';
import { CliError, createUsageError, type Fault } from '../cli-error.ts';
import { type CommandContext, defineCommand } from '../command.ts';
import { describeRpcFailure } from '../describe-rpc-failure.ts';
import { exitCodes } from '../exit-code.ts';
import type { Output } from '../output.ts';
import { type PlannedRouter, planRouter, type RouterAction, saveRouter } from '../plan-router.ts';
import { readInput } from '../read-input.ts';
import { type RouterSource, readRouters } from '../read-routers.ts';
import { callServer, connectionFlags, type ServerConnection } from '../server-connection.ts';

/** `signalbox routers apply` */
export const routersApply = defineCommand({
  usage: 'routers apply -f FILE [-f FILE ...] [flags]',
  description: [
    'Creates the routers of files, or makes those of the same names equal to them. A file is YAML or JSON: one router, a list,',
    '{routers: [...]}, or several YAML documents. All are checked first, and nothing is written when one is wrong. Files may also be',
    'named without -f, as in routers apply routers/*.yaml.',
  ],
  flags: {
    file: { kind: 'list', short: 'f', value: 'FILE', description: 'A file of routers; - is standard input.' },
    'dry-run': { kind: 'switch', description: 'Check, and tell what would be done, without doing it.' },
    json: {
      kind: 'switch',
      description: 'Print one JSON document, {"dry_run", "routers": [{"name", "action", "etag", "warnings"}]}.',
    },
    ...connectionFlags,
  },
  async run(args, context) {
    const files = [...args.list('file'), ...args.positionals];
    if (files.length === 0) throw createUsageError('Name a file: signalbox routers apply -f FILE.');
    if (files.filter((file) => file === '-').length > 1) throw createUsageError('Standard input can be read once.');
    const sources: RouterSource[] = [];
    const faults: Fault[] = [];
    for (const file of files) {
      const read = readRouters(file === '-' ? 'standard input' : file, await readInput(file, context));
      sources.push(...read.sources);
      faults.push(...read.faults);
    }
    faults.push(...findRepeatedNames(sources));
    const isDryRun = args.isSet('dry-run');
    const report = new ApplyReport(context.output, { isDryRun, isJson: args.isSet('json') });
    await callServer(args, context, async (server) => {
      const plan = await planAll(sources, faults, server);
      try {
        for (const [index, planned] of plan.entries()) {
          if (isDryRun || planned.action === 'unchanged') await report.add(planned.action, planned);
          else await save(planned, plan.slice(index + 1), report, server, context);
        }
      } finally {
        await report.end();
      }
    });
    return exitCodes.done;
  },
});

function findRepeatedNames(sources: readonly RouterSource[]): Fault[] {
  const places = new Map<string, string>();
  return sources.flatMap(({ place, router: { name } }) => {
    if (name === '') return [];
    const first = places.get(name);
    if (first === undefined) places.set(name, place);
    const description = `${showName(name)} is there already, in ${first}`;
    return first === undefined ? [] : [{ place, field: 'name', description }];
  });
}

/**
 * Has the server check all routers.
 *
 * @param faults - what is wrong already, to be told together with what the server finds.
 * @throws CliError with all that is wrong when there is anything.
 */
async function planAll(
  sources: readonly RouterSource[],
  faults: readonly Fault[],
  server: ServerConnection,
): Promise<PlannedRouter[]> {
  const all = [...faults];
  const plan: PlannedRouter[] = [];
  for (const source of sources) {
    const planned = await planRouter(source, server);
    if ('faults' in planned) all.push(...planned.faults.map((fault) => ({ place: source.place, ...fault })));
    else plan.push(planned);
  }
  if (all.length === 0) return plan;
  throw new CliError(exitCodes.failed, 'Nothing was applied. Correct this, and apply again:', { faults: all });
}

async function save(
  planned: PlannedRouter,
  later: readonly PlannedRouter[],
  report: ApplyReport,
  server: ServerConnection,
  { signal }: CommandContext,
): Promise<void> {
  const { source, action } = planned;
  if (action === 'unchanged') return;
  const { name } = source.router;
  let saved: PlannedRouter['checked'];
  try {
    saved = await saveRouter(source.router, action, server, false);
  } catch (thrown) {
    if (!(thrown instanceof ConnectError)) throw thrown;
    const failure = describeRpcFailure(thrown, server.url);
    const isUnknown = signal.aborted || failure.exitCode === exitCodes.unreachable;
    const fate = isUnknown ? 'it is not known whether it was applied' : 'it was not applied';
    const left = later.filter((other) => other.action !== 'unchanged').map((other) => other.source.router.name);
    throw new CliError(failure.exitCode, failure.message, {
      reason: failure.reason,
      code: failure.code,
      faults: [
        ...failure.faults.map((fault) => ({ ...fault, place: source.place })),
        { place: name, field: '', description: fate },
        ...left.map((place) => ({ place, field: '', description: 'it was not applied' })),
      ],
    });
  }
  await report.add(action, { ...planned, checked: saved });
}

/** Tells what was done: lines as it happens, or one JSON document at the end. */
class ApplyReport {
  readonly #output: Output;
  readonly #isDryRun: boolean;
  readonly #isJson: boolean;
  readonly #entries: object[] = [];

  constructor(output: Output, { isDryRun, isJson }: { readonly isDryRun: boolean; readonly isJson: boolean }) {
    this.#output = output;
    this.#isDryRun = isDryRun;
    this.#isJson = isJson;
  }

  async add(action: RouterAction, { source, checked }: PlannedRouter): Promise<void> {
    const { name } = source.router;
    const { etag, warnings } = checked;
    this.#entries.push({ name, action, etag, warnings });
    if (this.#isJson) return;
    await this.#output.print(`${action} ${name}${this.#isDryRun ? ' (dry run)' : ''}\n`);
    for (const warning of warnings) await this.#output.note(`warning: ${name}: ${warning}`);
  }

  async end(): Promise<void> {
    if (this.#isJson) await this.#output.printJson({ dry_run: this.#isDryRun, routers: this.#entries });
  }
}
