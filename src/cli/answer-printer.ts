import type { AssistantMessage, ChatCompletion } from '../../gen/signalbox/chat/v1/chat_completion_pb.ts';
import type { Delta, Finish } from '../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import type { CompletionMetadata } from '../../gen/signalbox/chat/v1/completion_metadata_pb.ts';
import type { Usage } from '../../gen/signalbox/chat/v1/usage_pb.ts';
import type { Output } from './output.ts';

/** The end of an answer, streamed or not. */
interface AnswerEnd {
  /** Why each choice ended. */
  readonly choices: readonly { readonly finishReason: string }[];
  readonly usage?: Usage | undefined;
  readonly metadata?: CompletionMetadata | undefined;
}

/** What of an answer can hold things that are no text. */
type Attachments = Pick<Delta | AssistantMessage, 'images' | 'audio'> & { readonly toolCalls: readonly unknown[] };

/** Prints the first choice of an answer for a person. */
export class AnswerPrinter {
  readonly #output: Output;
  #model = '';
  #isReasoning = false;
  readonly #leftOut = new Set<string>();

  constructor(output: Output) {
    this.#output = output;
  }

  /** @param model - what serves the answer. */
  begin(model: string): void {
    this.#model = model;
  }

  /** Prints the next piece. */
  async printDelta(delta: Delta): Promise<void> {
    if (delta.index !== 0) return;
    await this.#printReasoning(delta.reasoningContent);
    await this.#printText(delta.content);
    await this.#printText(delta.refusal);
    this.#countAttachments(delta);
  }

  /** Ends a streamed answer. */
  async end(finish: Finish): Promise<void> {
    await this.#end(finish);
  }

  /** Prints a whole answer. */
  async printCompletion(completion: ChatCompletion): Promise<void> {
    this.begin(completion.model);
    const message = completion.choices[0]?.message;
    if (message !== undefined) {
      await this.#printReasoning(message.reasoningContent);
      await this.#printText(message.content);
      await this.#printText(message.refusal);
      this.#countAttachments(message);
    }
    await this.#end(completion);
  }

  /** Reasoning is for whoever watches: it is no part of the result. */
  async #printReasoning(text: string | undefined): Promise<void> {
    if (text === undefined || text === '' || !this.#output.hasErrorTerminal) return;
    if (!this.#isReasoning) await this.#output.endLine();
    this.#isReasoning = true;
    await this.#output.noteText(text);
  }

  async #endReasoning(): Promise<void> {
    if (!this.#isReasoning) return;
    this.#isReasoning = false;
    await this.#output.noteText('\n\n');
  }

  async #printText(text: string | undefined): Promise<void> {
    if (text === undefined || text === '') return;
    await this.#endReasoning();
    await this.#output.printText(text);
  }

  #countAttachments({ images, audio, toolCalls }: Attachments): void {
    if (images.length > 0) this.#leftOut.add('images');
    if (audio !== undefined) this.#leftOut.add('audio');
    if (toolCalls.length > 0) this.#leftOut.add('tool calls');
  }

  async #end(end: AnswerEnd): Promise<void> {
    await this.#endReasoning();
    await this.#output.endLine();
    if (this.#leftOut.size > 0) {
      await this.#output.note(`The answer also holds ${[...this.#leftOut].join(' and ')}. Get them with --json.`);
    }
    for (const warning of end.metadata?.warnings ?? []) await this.#output.note(`warning: ${warning}`);
    await this.#output.noteDimmed(describeAnswer(this.#model, end));
  }
}

/** What served an answer, in one line: `openai/gpt-4o, 12 + 5 tokens, 840 ms, router support/default/a`. */
function describeAnswer(model: string, { choices, usage, metadata }: AnswerEnd): string {
  const reason = choices[0]?.finishReason ?? 'stop';
  const { promptTokens, completionTokens } = usage ?? {};
  const isCounted = promptTokens !== undefined || completionTokens !== undefined;
  const failed = metadata?.attempts.filter(({ success }) => !success) ?? [];
  const router = [metadata?.router, metadata?.routeId, metadata?.variantId].filter((part) => part !== undefined);
  return [
    model,
    isCounted ? `${promptTokens ?? '?'} + ${completionTokens ?? '?'} tokens` : '',
    metadata === undefined ? '' : `${metadata.totalDurationMs} ms`,
    router.length === 0 ? '' : `router ${router.join('/')}`,
    failed.length === 0 ? '' : `after ${failed.map((attempt) => attempt.model).join(', ')} failed`,
    reason === 'stop' ? '' : `ended by ${reason}`,
  ]
    .filter((part) => part !== '')
    .join(', ');
}
