/** A chunk of a streamed answer of the fake upstream, in OpenAI's format, with a piece of text. */
export function textChunk(content: string): object {
  return createChunk({ content }, null);
}

/** The chunk that ends a streamed answer of the fake upstream. */
export const stopChunk: object = createChunk({}, 'stop');

function createChunk(delta: object, finishReason: string | null): object {
  return {
    id: 'upstream-1',
    object: 'chat.completion.chunk',
    created: 1_700_000_000,
    model: 'some-model',
    choices: [{ index: 0, delta, finish_reason: finishReason }],
  };
}

/** A whole answer of the fake upstream, in OpenAI's format. */
export function textCompletion(content: string): object {
  return {
    id: 'upstream-1',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: 'some-model',
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
  };
}
