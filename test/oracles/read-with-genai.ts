import { type GenerateContentResponse, GoogleGenAI } from '@google/genai';
import { addTokens, type SdkAnswer, type SdkToolCall } from './sdk-answer.ts';

const completeReasons: ReadonlySet<string> = new Set(['STOP', 'MAX_TOKENS']);

/**
 * Reads an answer of the server at `origin` with Google's SDK. It gives a stream chunk by chunk; what it gives of each is joined here.
 *
 * @param vertexai - whether the answer is one of Vertex AI.
 */
export async function readWithGenai(origin: string, stream: boolean, vertexai: boolean): Promise<SdkAnswer> {
  const client = new GoogleGenAI({ apiKey: 'key', vertexai, httpOptions: { baseUrl: origin } });
  const request = { model: 'gemini-model', contents: 'Hello' };
  const chunks: GenerateContentResponse[] = [];
  if (stream) {
    for await (const chunk of await client.models.generateContentStream(request)) chunks.push(chunk);
  } else {
    chunks.push(await client.models.generateContent(request));
  }
  const usage = chunks.map((chunk) => chunk.usageMetadata).findLast((counts) => counts?.promptTokenCount !== undefined);
  const parts = chunks.flatMap(listParts);
  const calls = chunks.flatMap((chunk) => chunk.functionCalls ?? []);
  const isInPieces = calls.some(({ partialArgs, willContinue }) => partialArgs !== undefined || willContinue);
  return {
    content: chunks.map((chunk) => chunk.text ?? '').join(''),
    // Code that was run is told apart by the SDK, and here as reasoning.
    reasoning: parts.some((part) => part.executableCode !== undefined)
      ? undefined
      : parts.map((part) => (part.thought === true ? (part.text ?? '') : '')).join(''),
    // Arguments that come in pieces are left to the caller.
    toolCalls: isInPieces
      ? undefined
      : calls.map(({ id, name = '', args = {} }): SdkToolCall => ({ id, name, input: args ?? {} })),
    prompt: addTokens(usage?.promptTokenCount, usage?.toolUsePromptTokenCount),
    completion: usage && (addTokens(usage.candidatesTokenCount, usage.thoughtsTokenCount) ?? 0),
    isComplete: chunks.some(({ candidates }) => completeReasons.has(candidates?.[0]?.finishReason ?? '')),
  };
}

function listParts({ candidates }: GenerateContentResponse) {
  return candidates?.[0]?.content?.parts ?? [];
}
