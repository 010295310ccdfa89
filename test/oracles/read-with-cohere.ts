import { type Cohere, CohereClientV2 } from 'cohere-ai';
import { parseInput, type SdkAnswer, type SdkToolCall } from './sdk-answer.ts';

const request = { model: 'command-model', messages: [{ role: 'user' as const, content: 'Hello' }] };

/** Reads an answer of the server at `origin` with Cohere's SDK. It gives a stream event by event; they are joined here. */
export async function readWithCohere(origin: string, stream: boolean): Promise<SdkAnswer> {
  const client = new CohereClientV2({ token: 'key', baseUrl: origin, maxRetries: 0 });
  return stream ? readStream(await client.chatStream(request)) : readWhole(await client.chat(request));
}

function readWhole({ message, usage, finishReason }: Cohere.V2ChatResponse): SdkAnswer {
  const parts = message.content ?? [];
  return {
    content: parts.map((part) => (part.type === 'text' ? part.text : '')).join(''),
    reasoning: [message.toolPlan ?? '', ...parts.map((part) => (part.type === 'thinking' ? part.thinking : ''))].join(
      '',
    ),
    toolCalls: (message.toolCalls ?? []).map(({ id, function: fn }) => toToolCall(id, fn?.name, fn?.arguments)),
    ...readUsage(usage),
    isComplete: finishReason !== 'ERROR',
  };
}

async function readStream(events: AsyncIterable<Cohere.V2ChatStreamResponse>): Promise<SdkAnswer> {
  let [content, reasoning] = ['', ''];
  const calls: { id: string | undefined; name: string | undefined; text: string }[] = [];
  let usage: Cohere.Usage | undefined;
  let isComplete = false;
  for await (const event of events) {
    switch (event.type) {
      case 'content-delta':
        content += event.delta?.message?.content?.text ?? '';
        reasoning += event.delta?.message?.content?.thinking ?? '';
        break;
      case 'tool-plan-delta':
        reasoning += event.delta?.message?.toolPlan ?? '';
        break;
      case 'tool-call-start': {
        const call = event.delta?.message?.toolCalls;
        calls.push({ id: call?.id, name: call?.function?.name, text: call?.function?.arguments ?? '' });
        break;
      }
      case 'tool-call-delta': {
        const call = calls.at(-1);
        if (call !== undefined) call.text += event.delta?.message?.toolCalls?.function?.arguments ?? '';
        break;
      }
      case 'message-end':
        usage = event.delta?.usage;
        isComplete = event.delta?.finishReason !== 'ERROR';
        break;
    }
  }
  return {
    content,
    reasoning,
    toolCalls: calls.map(({ id, name, text }) => toToolCall(id, name, text)),
    ...readUsage(usage),
    isComplete,
  };
}

/** No arguments are `null` or nothing at all. */
function toToolCall(id: string | undefined, name = '', text = ''): SdkToolCall {
  return { id, name, input: text === '' || text === 'null' ? {} : parseInput(text) };
}

function readUsage(usage: Cohere.Usage | undefined): Pick<SdkAnswer, 'prompt' | 'completion'> {
  return { prompt: usage?.tokens?.inputTokens, completion: usage?.tokens?.outputTokens };
}
