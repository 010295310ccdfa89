import type { ChatCompletionSlice } from '../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import { ChunkEncoder } from '../dialects/openai-chat/chunk-encoder.ts';
import { AnswerPrinter } from './answer-printer.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-code.ts';
import type { Output } from './output.ts';

/**
 * Prints a streamed answer as it comes, and reads it to its very end, so that the server does not take this side for gone. Ends early, without an error, when nobody reads the output any more.
 *
 * @throws CliError when the stream ends without its finish: what was printed is not the whole answer.
 */
export async function printStream(slices: AsyncIterable<ChatCompletionSlice>, output: Output): Promise<void> {
  const printer = new AnswerPrinter(output);
  let isComplete = false;
  for await (const { slice } of slices) {
    if (slice.case === 'head') printer.begin(slice.value.model);
    else if (slice.case === 'delta') await printer.printDelta(slice.value);
    else if (slice.case === 'finish') {
      await printer.end(slice.value);
      isComplete = true;
    }
    if (output.isClosed) return;
  }
  if (!isComplete) throw createCutError();
}

/** The same as chunks of the JSON API, one a line. */
export async function printJsonStream(slices: AsyncIterable<ChatCompletionSlice>, output: Output): Promise<void> {
  const encoder = new ChunkEncoder(false);
  let isComplete = false;
  for await (const slice of slices) {
    for (const chunk of encoder.encode(slice)) await output.print(`${JSON.stringify(chunk)}\n`);
    isComplete ||= slice.slice.case === 'finish';
    if (output.isClosed) return;
  }
  if (!isComplete) throw createCutError();
}

function createCutError(): CliError {
  return new CliError(
    exitCodes.failed,
    'The answer broke off: the server ended it without saying that it is complete.',
  );
}
