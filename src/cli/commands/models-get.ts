import { stringify } from 'yaml';
import { encodeModel } from '../../dialects/model-json/encode-model.ts';
import { createUsageError } from '../cli-error.ts';
import { defineCommand } from '../command.ts';
import { exitCodes } from '../exit-code.ts';
import { callServer, connectionFlags } from '../server-connection.ts';

/** `signalbox models get` */
export const modelsGet = defineCommand({
  usage: 'models get NAME [flags]',
  description: [
    'Prints one model as YAML in the form of the JSON API. NAME is provider/model, or a bare name, which stands for the first provider that',
    'has the model, one that is live if there is any. Prices are USD per token.',
  ],
  flags: {
    json: { kind: 'switch', description: 'Print one JSON document.' },
    ...connectionFlags,
  },
  async run(args, context) {
    const [name, ...others] = args.positionals;
    if (name === undefined || others.length > 0) throw createUsageError('Name one model: signalbox models get NAME.');
    const model = await callServer(args, context, ({ models, callOptions }) => models.getModel({ name }, callOptions));
    const json = encodeModel(model);
    if (args.isSet('json')) await context.output.printJson(json);
    else await context.output.print(stringify(json, { lineWidth: 0 }));
    return exitCodes.done;
  },
});
