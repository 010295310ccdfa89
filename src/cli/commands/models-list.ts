import type { Model } from '../../../gen/signalbox/model/v1/model_pb.ts';
import { encodeModel } from '../../dialects/model-json/encode-model.ts';
import { createUsageError } from '../cli-error.ts';
import { defineCommand } from '../command.ts';
import { exitCodes } from '../exit-code.ts';
import { formatPrice } from '../format-price.ts';
import { formatTable } from '../format-table.ts';
import { callServer, connectionFlags } from '../server-connection.ts';

/** `signalbox models list` */
export const modelsList = defineCommand({
  usage: 'models list [flags]',
  description: [
    'Lists the models that the server can call now: the price of a million tokens in and out in USD, the most tokens of a prompt and its',
    'answer, the score for intelligence, and the time to the first token that is expected now of what was called here. + behind a price: it',
    'depends on the length of the prompt or on the time. ~ before a score: it is an estimate. -: not known.',
  ],
  flags: {
    provider: { kind: 'text', value: 'NAME', description: 'Only models of this provider.' },
    capability: {
      kind: 'list',
      value: 'NAME',
      description: 'Only models that can do this, such as vision. May be repeated: all of them.',
    },
    all: { kind: 'switch', description: 'Also models whose providers are not live.' },
    json: { kind: 'switch', description: 'Print one JSON document, {"models": [...]}, with all of each model.' },
    ...connectionFlags,
  },
  async run(args, context) {
    if (args.positionals.length > 0) throw createUsageError('models list takes no name. Use models get NAME.');
    const hasAll = args.isSet('all');
    const filter = {
      provider: args.text('provider') ?? '',
      capabilities: [...args.list('capability')],
      supportedOnly: !hasAll,
    };
    const { models: found } = await callServer(args, context, ({ models, callOptions }) =>
      models.listModels(filter, callOptions),
    );
    if (args.isSet('json')) await context.output.printJson({ models: found.map(encodeModel) });
    else if (found.length === 0) await context.output.note(describeNone(hasAll));
    else await context.output.print(`${formatTable(createRows(found, hasAll)).join('\n')}\n`);
    return exitCodes.done;
  },
});

function describeNone(hasAll: boolean): string {
  return hasAll
    ? 'There are no such models.'
    : 'There are no such models that can be called now. --all lists the others.';
}

/** @param hasAll - whether to tell which of them can be called. */
function createRows(models: readonly Model[], hasAll: boolean): string[][] {
  const heading = ['MODEL', 'IN', 'OUT', 'CONTEXT', 'SCORE', 'FIRST TOKEN'];
  const rows = models.map((model) => [...createRow(model), ...(hasAll ? [model.isSupported ? 'yes' : 'no'] : [])]);
  return [[...heading, ...(hasAll ? ['LIVE'] : [])], ...rows];
}

function createRow({ provider, model, pricing, spec }: Model): string[] {
  const score = spec?.scores['intelligence'];
  // What is expected now, where calls have measured it. The median is that of a day.
  const firstTokenMs = spec?.performance?.timeToFirstTokenMs;
  return [
    `${provider}/${model}`,
    showPrice(pricing?.promptToken, pricing?.isVariable),
    showPrice(pricing?.completionToken, pricing?.isVariable),
    spec?.contextLength === undefined ? '-' : String(spec.contextLength),
    score === undefined ? '-' : `${score.estimated ? '~' : ''}${Math.round(score.value)}`,
    firstTokenMs === undefined ? '-' : `${Math.round(firstTokenMs)} ms`,
  ];
}

/** @param perToken - USD. */
function showPrice(perToken: number | undefined, isVariable = false): string {
  return perToken === undefined ? '-' : `${formatPrice(perToken * 1e6)}${isVariable ? '+' : ''}`;
}
