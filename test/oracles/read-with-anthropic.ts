import Anthropic from '@anthropic-ai/sdk';
import { addTokens, type SdkAnswer } from './sdk-answer.ts';

/** Reads an answer of the server at `origin` with Anthropic's SDK. */
export async function readWithAnthropic(origin: string, stream: boolean): Promise<SdkAnswer> {
  const client = new Anthropic({ apiKey: 'key', baseURL: origin, maxRetries: 0 });
  const request = { model: 'claude-model', max_tokens: 1, messages: [{ role: 'user' as const, content: 'Hello' }] };
  const message = stream ? await client.messages.stream(request).finalMessage() : await client.messages.create(request);
  const { content, usage } = message;
  return {
    content: content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
    reasoning: content.map((block) => (block.type === 'thinking' ? block.thinking : '')).join(''),
    toolCalls: content.flatMap((block) =>
      block.type === 'tool_use' ? { id: block.id, name: block.name, input: block.input } : [],
    ),
    prompt: addTokens(usage.input_tokens, usage.cache_read_input_tokens, usage.cache_creation_input_tokens),
    completion: usage.output_tokens,
    isComplete: message.stop_reason !== null,
  };
}
