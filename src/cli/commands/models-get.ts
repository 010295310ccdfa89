import { stringify } from 'yaml';
import type { Model } from '../../../gen/signalbox/model/v1/model_pb.ts';
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
    if (args.isSet('json')) await context.output.printJson(encodeModel(model));
    else await context.output.print(stringify(encodeModel(withoutEmptyReasoning(model)), { lineWidth: 0 }));
    return exitCodes.done;
  },
});

/** For a person: without levels, how it can be asked to reason says what `reasoning` beside it says already. */
function withoutEmptyReasoning(model: Model): Model {
  const { spec } = model;
  const { capabilities } = spec ?? {};
  if (spec === undefined || capabilities?.reasoningCapability?.supportedLevels.length !== 0) return model;
  const { reasoningCapability: _, ...rest } = capabilities;
  return { ...model, spec: { ...spec, capabilities: rest } };
}
