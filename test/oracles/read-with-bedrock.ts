import {
  BedrockRuntimeClient,
  type ContentBlock,
  ConverseCommand,
  ConverseStreamCommand,
  type ConverseStreamOutput,
  type TokenUsage,
} from '@aws-sdk/client-bedrock-runtime';
import { addTokens, parseInput, type SdkAnswer, type SdkToolCall } from './sdk-answer.ts';

const request = { modelId: 'some-model', messages: [{ role: 'user' as const, content: [{ text: 'Hello' }] }] };

/** Reads an answer of the server at `origin`, which must speak HTTP/2, with Amazon's SDK. It gives a stream event by event. */
export async function readWithBedrock(origin: string, stream: boolean): Promise<SdkAnswer> {
  const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' };
  const client = new BedrockRuntimeClient({ endpoint: origin, region: 'us-east-1', credentials, maxAttempts: 1 });
  try {
    if (stream) return await readStream((await client.send(new ConverseStreamCommand(request))).stream ?? []);
    const { output, usage, stopReason } = await client.send(new ConverseCommand(request));
    const blocks = output?.message?.content ?? [];
    return {
      content: blocks.map(readText).join(''),
      reasoning: blocks.map(({ reasoningContent }) => reasoningContent?.reasoningText?.text ?? '').join(''),
      toolCalls: blocks.flatMap(readToolCall),
      ...readUsage(usage),
      isComplete: stopReason !== undefined,
    };
  } finally {
    client.destroy();
  }
}

/** What has sources stands in a block of its own. */
function readText({ text, citationsContent }: ContentBlock): string {
  return text ?? (citationsContent?.content ?? []).map((cited) => cited.text ?? '').join('');
}

function readToolCall({ toolUse }: ContentBlock): SdkToolCall[] {
  if (toolUse === undefined || isServerTool(toolUse)) return [];
  return [{ id: toolUse.toolUseId, name: toolUse.name ?? '', input: toolUse.input }];
}

/** Tools that Amazon runs itself are no calls for the client. */
function isServerTool({ type }: { readonly type?: string | undefined }): boolean {
  return type === 'server_tool_use';
}

async function readStream(
  events: AsyncIterable<ConverseStreamOutput> | Iterable<ConverseStreamOutput>,
): Promise<SdkAnswer> {
  let [content, reasoning] = ['', ''];
  const calls: { id: string | undefined; name: string; text: string; isServerTool: boolean }[] = [];
  let usage: TokenUsage | undefined;
  let isComplete = false;
  for await (const event of events) {
    const { toolUse } = event.contentBlockStart?.start ?? {};
    if (toolUse !== undefined)
      calls.push({ id: toolUse.toolUseId, name: toolUse.name ?? '', text: '', isServerTool: isServerTool(toolUse) });
    const { text, reasoningContent, toolUse: piece } = event.contentBlockDelta?.delta ?? {};
    content += text ?? '';
    reasoning += reasoningContent?.text ?? '';
    const call = calls.at(-1);
    if (call !== undefined) call.text += piece?.input ?? '';
    if (event.messageStop !== undefined) isComplete = true;
    usage = event.metadata?.usage ?? usage;
  }
  const own = calls.filter((call) => !call.isServerTool);
  const toolCalls = own.map(({ id, name, text }) => ({ id, name, input: text === '' ? {} : parseInput(text) }));
  return { content, reasoning, toolCalls, ...readUsage(usage), isComplete };
}

function readUsage(usage: TokenUsage | undefined): Pick<SdkAnswer, 'prompt' | 'completion'> {
  return {
    prompt: addTokens(usage?.inputTokens, usage?.cacheReadInputTokens, usage?.cacheWriteInputTokens),
    completion: usage?.outputTokens,
  };
}
