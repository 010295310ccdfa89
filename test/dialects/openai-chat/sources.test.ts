import { describe, expect, it } from 'vitest';
import type { ChatEvent } from '../../../src/core/chat-event.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { ChunkDecoder } from '../../../src/dialects/openai-chat/chunk-decoder.ts';
import { decodeReply } from '../../../src/dialects/openai-chat/decode-reply.ts';

const [a, b] = ['https://example.com/a', 'https://example.com/b'];

/** What the pages of an answer are told as, with the kinds of the events around them. */
function tell(events: readonly ChatEvent[]): unknown[] {
  return events.map((event) =>
    event.kind === 'annotations'
      ? event.annotations.map(({ urlCitation }) => [urlCitation?.url, urlCitation?.title, urlCitation?.content])
      : event.kind,
  );
}

function decodeChunks(...chunks: readonly JsonObject[]): ChatEvent[] {
  const decoder = new ChunkDecoder({ expectedChoices: 1, answerId: 'a' });
  return [...chunks.flatMap((chunk) => decoder.decode(chunk)), ...decoder.finishOpenChoices()];
}

function chunk(delta: JsonObject, more: JsonObject = {}, finish_reason: string | null = null): JsonObject {
  return { choices: [{ index: 0, delta, finish_reason }], ...more };
}

describe('the pages that an answer is drawn from', () => {
  it('come once, before the end, as the last chunk names them', () => {
    const events = decodeChunks(
      chunk({ content: 'A' }, { citations: [a] }),
      chunk(
        { content: 'B' },
        { citations: [a, b], search_results: [{ url: a, title: 'A', snippet: 'about' }, { url: b }] },
      ),
      chunk({}, {}, 'stop'),
    );
    expect(tell(events)).toEqual([
      'delta',
      'delta',
      [
        [a, 'A', 'about'],
        [b, '', undefined],
      ],
      'finish',
    ]);
  });

  it('come before an end that only the end mark tells', () => {
    expect(tell(decodeChunks(chunk({ content: 'A' }, { citations: [a] })))).toEqual([
      'delta',
      [[a, '', undefined]],
      'finish',
    ]);
  });

  it('come only where the answer has no annotations of its own', () => {
    const annotations = [{ type: 'url_citation', url_citation: { url: b, title: 'B' } }];
    const events = decodeChunks(chunk({ content: 'A', annotations }, { citations: [a] }, 'stop'));
    expect(tell(events)).toEqual(['delta', [[b, 'B', undefined]], 'finish']);
  });

  it.each<readonly [string, JsonObject, unknown[]]>([
    ['search results', { search_results: [{ url: a, title: 'A' }], citations: [b] }, [[a, 'A', undefined]]],
    [
      'addresses',
      { citations: [a, b] },
      [
        [a, '', undefined],
        [b, '', undefined],
      ],
    ],
    ['the pages of Z.ai', { web_search: [{ link: a, title: 'A', content: 'about' }] }, [[a, 'A', 'about']]],
    [
      'pages, some without an address',
      { search_results: [{ url: '', title: 'doc.pdf' }, { url: a }] },
      [[a, '', undefined]],
    ],
  ])('are read from %s', (_name, fields, expected) => {
    const choices = [{ index: 0, message: { content: 'A' }, finish_reason: 'stop' }];
    expect(tell(decodeReply({ choices, ...fields }, 'a'))).toEqual(['head', 'delta', expected, 'finish']);
  });

  it.each<readonly [string, JsonObject]>([
    ['none', { citations: [] }],
    ['null', { citations: null, search_results: null }],
    ['of another form', { citations: 'https://example.com', search_results: { url: a } }],
  ])('are nothing where they are %s', (_name, fields) => {
    expect(tell(decodeChunks(chunk({ content: 'A' }, fields, 'stop')))).toEqual(['delta', 'finish']);
  });
});
