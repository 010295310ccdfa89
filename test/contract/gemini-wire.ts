import type { PlainUsage } from '../support/plain-answer.ts';
import type { ProviderWire, ScriptedAnswer, ScriptedChoice, ScriptedError } from './provider-wire.ts';

/** What every chunk says of itself. */
const envelope = { modelVersion: 'gemini-9-flash', responseId: 'kLewaKa5ONqI' };

const finishReasons = { stop: 'STOP', length: 'MAX_TOKENS', tool_calls: 'STOP', content_filter: 'SAFETY' };

/** The Gemini API, as AI Studio and Vertex AI speak it: ai.google.dev/api/generate-content. */
export const geminiWire: ProviderWire = {
  streamHeaders: { 'content-type': 'text/event-stream' },
  // The last chunk has the finish reason and the usage; there is no end mark.
  framesAfterFinish: 0,
  encodeStream: ({ choice, usage }) => [
    ...encodeParts(choice).map((part) => encodeEvent(encodeChunk([part]))),
    encodeEvent({ ...encodeChunk([], finishReasons[choice.finishReason]), ...encodeUsage(usage) }),
  ],
  encodeWhole: ({ choice, usage }) => JSON.stringify(encodeWhole({ choice, ...(usage && { usage }) })),
  encodeError: (error) => JSON.stringify(encodeError(error), null, 2),
  errorDetails: { code: 'INVALID_ARGUMENT', param: 'top_k' },
  encodeErrorFrame: ({ message }) => encodeEvent({ error: { code: 500, message, status: 'INTERNAL' } }),
  malformedFrames: {
    'JSON that breaks off': Buffer.from('data: {"candidates": [{"content"\r\n\r\n'),
    text: Buffer.from('data: upstream connect error\r\n\r\n'),
    'an array': encodeEvent([]),
    null: encodeEvent(null),
  },
};

/** One server-sent event. Google ends lines with CRLF. */
export function encodeEvent(data: unknown): Uint8Array {
  return Buffer.from(`data: ${JSON.stringify(data)}\r\n\r\n`);
}

/** One chunk with one candidate. */
export function encodeChunk(parts: readonly object[], finishReason?: string): object {
  const content = parts.length === 0 ? { role: 'model' } : { parts, role: 'model' };
  return { candidates: [{ content, ...(finishReason && { finishReason }), index: 0 }], ...envelope };
}

function encodeParts({ reasoning, content, toolCalls, images }: ScriptedChoice): object[] {
  return [
    { text: '' },
    ...(reasoning ?? []).map((text) => ({ text, thought: true })),
    ...(content ?? []).map((text) => ({ text })),
    ...(toolCalls ?? []).map(({ id, name, arguments: pieces }) => ({
      functionCall: { id, name, args: JSON.parse(pieces.join('')) },
    })),
    ...(images ?? []).map((url) => {
      const [, mimeType, data] = /^data:(.*);base64,(.*)$/.exec(url) ?? [];
      return { inlineData: { mimeType, data } };
    }),
  ];
}

function encodeWhole({ choice, usage }: ScriptedAnswer): object {
  return { ...encodeChunk(encodeParts(choice), finishReasons[choice.finishReason]), ...encodeUsage(usage) };
}

/** Thoughts are counted beside the answer. */
function encodeUsage(usage: PlainUsage | undefined): object {
  if (usage === undefined) return {};
  const { prompt, completion = 0, total, cached, reasoning = 0 } = usage;
  return {
    usageMetadata: {
      promptTokenCount: prompt,
      candidatesTokenCount: completion - reasoning,
      totalTokenCount: total,
      cachedContentTokenCount: cached,
      thoughtsTokenCount: reasoning,
    },
  };
}

/** Google has no words of its own for what an error is about: the message tells. */
function encodeError({ message }: ScriptedError): object {
  const violation = { field: 'top_k', description: message };
  const badRequest = { '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [violation] };
  return { error: { code: 400, message, status: 'INVALID_ARGUMENT', details: [badRequest] } };
}
