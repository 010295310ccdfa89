import { create } from '@bufbuild/protobuf';
import {
  type ChatCompletionRequest,
  ChatCompletionRequestSchema,
} from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { MessageSchema } from '../../../gen/signalbox/chat/v1/message_pb.ts';
import { showName } from '../../config/show-name.ts';
import { SignalboxError } from '../../core/errors.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { decodeRequest } from '../../dialects/openai-chat/decode-request.ts';
import { encodeExplanation } from '../../dialects/openai-chat/encode-explanation.ts';
import { CliError, createUsageError } from '../cli-error.ts';
import { type CommandContext, defineCommand } from '../command.ts';
import { exitCodes } from '../exit-code.ts';
import { findUnknownFields } from '../find-unknown-fields.ts';
import { formatExplanation } from '../format-explanation.ts';
import { parseDocuments } from '../parse-documents.ts';
import { readInput } from '../read-input.ts';
import { requestFlags, setRequestFlags } from '../request-flags.ts';
import { callServer, connectionFlags } from '../server-connection.ts';

/** What is asked where nothing is said: most routers do not look at it, and a request needs a message. */
const placeholder = 'Hello!';

/** `signalbox explain` */
export const explain = defineCommand({
  usage: 'explain MODEL [flags]',
  description: [
    'Tells how a chat request would be routed: which conditions hold, which variant is drawn, which models would be tried, and what',
    'would be sent. Calls no provider. MODEL is as in a request, such as router/my-router; with --request it may be left out.',
  ],
  flags: {
    message: {
      kind: 'text',
      value: 'TEXT',
      description: `The user's message, behind those of --request. Without both: ${placeholder}`,
    },
    ...requestFlags,
    request: {
      kind: 'text',
      value: 'FILE',
      description: 'The body of a chat request, JSON or YAML; - is standard input. Other flags go before what it says.',
    },
    json: { kind: 'switch', description: 'Print one JSON document, that of POST /router/v1/routers:explain.' },
    ...connectionFlags,
  },
  async run(args, context) {
    const [model, ...others] = args.positionals;
    if (others.length > 0) throw createUsageError('Name one model. The text of a message stands after --message.');
    const request = await createRequest(model, args.text('request'), context);
    const message = args.text('message') ?? (args.text('request') === undefined ? placeholder : undefined);
    if (message !== undefined) request.messages.push(create(MessageSchema, { role: 'user', content: message }));
    setRequestFlags(request, args);
    const explanation = await callServer(args, context, ({ routers, callOptions }) =>
      routers.explainRouting(request, callOptions),
    );
    if (args.isSet('json')) {
      await context.output.printJson(encodeExplanation(explanation));
    } else {
      await context.output.print(`${formatExplanation(explanation).join('\n')}\n`);
    }
    return exitCodes.done;
  },
});

async function createRequest(
  model: string | undefined,
  file: string | undefined,
  context: CommandContext,
): Promise<ChatCompletionRequest> {
  if (file !== undefined) {
    const json = parseRequest(file, await readInput(file, context));
    for (const problem of findUnknownFields(json)) await context.output.note(`warning: ${problem}`);
    return decodeFile(file, model === undefined ? json : { ...json, model });
  }
  if (model === undefined) throw createUsageError('Name a model or a router: signalbox explain MODEL.');
  return create(ChatCompletionRequestSchema, { model });
}

function parseRequest(file: string, text: string): JsonObject {
  const { values, problems } = parseDocuments(text);
  const [json] = values;
  if (problems.length === 0 && values.length === 1 && isJsonObject(json)) return json;
  const faults = problems.map((description) => ({ field: '', description }));
  const message = `What ${showFile(file)} holds is no chat request: one JSON object, or as YAML.`;
  throw new CliError(exitCodes.failed, message, { faults });
}

function decodeFile(file: string, json: JsonObject): ChatCompletionRequest {
  try {
    return decodeRequest(json);
  } catch (thrown) {
    if (!(thrown instanceof SignalboxError)) throw thrown;
    const { violations: faults } = thrown.details;
    throw new CliError(exitCodes.failed, `What ${showFile(file)} holds is no valid chat request.`, { faults });
  }
}

function showFile(file: string): string {
  return file === '-' ? 'standard input' : showName(file);
}
