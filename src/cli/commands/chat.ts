import { create } from '@bufbuild/protobuf';
import { ChatCompletionRequestSchema } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { MessageSchema } from '../../../gen/signalbox/chat/v1/message_pb.ts';
import { encodeCompletion } from '../../dialects/openai-chat/encode-completion.ts';
import { AnswerPrinter } from '../answer-printer.ts';
import { CliError, createUsageError } from '../cli-error.ts';
import { type CommandContext, defineCommand } from '../command.ts';
import { exitCodes } from '../exit-code.ts';
import { printJsonStream, printStream } from '../print-stream.ts';
import { readInput } from '../read-input.ts';
import { requestFlags, setRequestFlags } from '../request-flags.ts';
import { callServer, connectionFlags } from '../server-connection.ts';

/** How long an answer may take, in seconds: the server's default for a call. */
const timeoutS = 600;

/** `signalbox chat` */
export const chat = defineCommand({
  usage: 'chat MODEL [TEXT...] [flags]',
  description: [
    'Asks a model or a router, and prints its answer as it comes: the text on standard output, its reasoning and a line on what',
    'served it on standard error. Without TEXT, or with - for it, the text is read from standard input.',
  ],
  flags: {
    system: { kind: 'text', value: 'TEXT', description: 'A system message before the text.' },
    ...requestFlags,
    'no-stream': {
      kind: 'switch',
      description: 'Wait for the whole answer. A fallback can then take over to its very end.',
    },
    json: {
      kind: 'switch',
      description: 'Print JSON as the JSON API has it: a chunk a line, or with --no-stream one document.',
    },
    ...connectionFlags,
  },
  async run(args, context) {
    const [model, ...words] = args.positionals;
    if (model === undefined) throw createUsageError('Name a model or a router: signalbox chat MODEL TEXT.');
    const request = create(ChatCompletionRequestSchema, { model });
    const add = (role: string, content: string | undefined): void => {
      if (content !== undefined) request.messages.push(create(MessageSchema, { role, content }));
    };
    setRequestFlags(request, args);
    add('system', args.text('system'));
    add('user', await readText(words, context));

    const { output } = context;
    const isJson = args.isSet('json');
    await callServer(
      args,
      context,
      async ({ chat: service, callOptions }) => {
        if (args.isSet('no-stream')) {
          const completion = await service.createChatCompletion(request, callOptions);
          if (isJson) await output.printJson(encodeCompletion(completion));
          else await new AnswerPrinter(output).printCompletion(completion);
          return;
        }
        // Leaving the loop over a stream does not cancel its call: this does, also when the reader of the output has left.
        const end = new AbortController();
        const signal = AbortSignal.any([callOptions.signal, end.signal]);
        try {
          const slices = service.streamChatCompletion(request, { ...callOptions, signal });
          await (isJson ? printJsonStream(slices, output) : printStream(slices, output));
        } finally {
          end.abort();
        }
      },
      { timeoutS },
    );
    return exitCodes.done;
  },
});

async function readText(words: readonly string[], context: CommandContext): Promise<string | undefined> {
  const isPiped = words.length === 0 || (words.length === 1 && words[0] === '-');
  // An explicit "" is for routers whose templates are all there is to send.
  if (!isPiped) return words.join(' ') || undefined;
  if (words.length === 0 && context.openStdin().isTTY === true) {
    throw createUsageError('Write the text behind the model, or pipe it in: signalbox chat MODEL TEXT.');
  }
  const text = await readInput('-', context);
  if (text.trim() !== '') return text;
  throw new CliError(exitCodes.usage, 'Standard input is empty. Write the text behind the model, or pipe it in.');
}
