import { createInterface } from 'node:readline/promises';
import { ConnectError } from '@connectrpc/connect';
import { CliError, createUsageError } from '../cli-error.ts';
import { type CommandContext, defineCommand } from '../command.ts';
import { describeRpcFailure } from '../describe-rpc-failure.ts';
import { exitCodes } from '../exit-code.ts';
import { callServer, connectionFlags } from '../server-connection.ts';

/** `signalbox routers delete` */
export const routersDelete = defineCommand({
  usage: 'routers delete NAME... [flags]',
  description: ['Deletes routers. At a terminal it asks before; a script is not asked.'],
  flags: {
    etag: { kind: 'text', value: 'ETAG', description: 'Delete only if this is its present etag. For one router.' },
    yes: { kind: 'switch', short: 'y', description: 'Do not ask.' },
    json: { kind: 'switch', description: 'Print one JSON document, {"deleted": [...]}, with the names.' },
    ...connectionFlags,
  },
  async run(args, context) {
    const names = [...new Set(args.positionals)];
    const etag = args.text('etag') ?? '';
    if (names.length === 0) throw createUsageError('Name a router: signalbox routers delete NAME.');
    if (etag !== '' && names.length > 1) throw createUsageError('--etag is for one router. Delete them one by one.');
    if (!args.isSet('yes')) await confirm(names, context);

    const { output, signal } = context;
    const isJson = args.isSet('json');
    const deleted: string[] = [];
    const failures: { readonly name: string; readonly error: CliError }[] = [];
    try {
      await callServer(args, context, async ({ routers, callOptions, url }) => {
        for (const name of names) {
          try {
            await routers.deleteRouter({ name, etag }, callOptions);
            deleted.push(name);
            if (!isJson) await output.print(`deleted ${name}\n`);
          } catch (thrown) {
            const error = thrown instanceof ConnectError ? describeRpcFailure(thrown, url) : undefined;
            // A router that is not there, or is read-only, keeps none of the others from being deleted.
            if (error?.exitCode !== exitCodes.failed || signal.aborted) throw thrown;
            failures.push({ name, error });
            if (!isJson) await output.note(error.message);
          }
        }
      });
    } finally {
      if (isJson) await output.printJson({ deleted });
    }
    const [first] = failures;
    if (first === undefined) return exitCodes.done;
    if (!isJson) return exitCodes.failed;
    if (failures.length === 1) throw first.error;
    throw new CliError(exitCodes.failed, `${failures.length} routers were not deleted.`, {
      faults: failures.map(({ name, error }) => ({ place: name, field: '', description: error.message })),
    });
  },
});

/** @throws CliError unless the answer is yes. */
async function confirm(names: readonly string[], { openStdin, output, signal }: CommandContext): Promise<void> {
  const stdin = openStdin();
  if (stdin.isTTY !== true || !output.hasErrorTerminal) return;
  await output.noteText(
    `Delete ${names.length === 1 ? 'the router' : `${names.length} routers:`} ${names.join(', ')}? [y/N] `,
  );
  const lines = createInterface({ input: stdin, terminal: false, signal });
  try {
    const answer = await new Promise<string>((resolve) => {
      lines.once('line', resolve);
      lines.once('close', () => resolve(''));
    });
    if (!/^y(?:es)?$/i.test(answer.trim())) throw new CliError(exitCodes.failed, 'Nothing was deleted.');
  } finally {
    lines.close();
  }
}
