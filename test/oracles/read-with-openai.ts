import OpenAI from 'openai';
import { parseInput, type SdkAnswer } from './sdk-answer.ts';

/** Reads an answer of the server at `origin` with OpenAI's SDK. Its API has no reasoning, and streams of it tell the usage where the last chunk does. */
export async function readWithOpenai(origin: string, stream: boolean): Promise<SdkAnswer> {
  const client = new OpenAI({ apiKey: 'key', baseURL: `${origin}/v1`, maxRetries: 0 });
  const request = { model: 'gpt-model', messages: [{ role: 'user' as const, content: 'Hello' }] };
  const { choices, usage } = stream
    ? await client.chat.completions
        .stream({ ...request, stream_options: { include_usage: true } })
        .finalChatCompletion()
    : await client.chat.completions.create(request);
  const [choice] = choices;
  const message = choice?.message;
  const legacy = message?.function_call ?? undefined;
  return {
    content: message?.content ?? '',
    reasoning: undefined,
    toolCalls: legacy
      ? [{ id: undefined, name: legacy.name, input: parseInput(legacy.arguments) }]
      : (message?.tool_calls ?? []).flatMap((call) =>
          call.type === 'function'
            ? { id: call.id, name: call.function.name, input: parseInput(call.function.arguments) }
            : [],
        ),
    prompt: usage?.prompt_tokens,
    completion: usage?.completion_tokens,
    isComplete: (choice?.finish_reason ?? undefined) !== undefined,
  };
}
