import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { shortenToolCallIds } from '../../../src/dialects/openai-chat/shorten-tool-call-ids.ts';

/** A conversation in which each id is called, and answered. */
function conversation(ids: readonly string[]): JsonObject[] {
  const calls = ids.map((id) => ({ id, type: 'function', function: { name: 'now', arguments: '{}' } }));
  const results = ids.map((id) => ({ role: 'tool', tool_call_id: id, content: '12:00' }));
  return [{ role: 'user', content: 'When?' }, { role: 'assistant', content: null, tool_calls: calls }, ...results];
}

function shorten(ids: readonly string[]): { calls: unknown[]; results: unknown[] } {
  const messages = conversation(ids);
  shortenToolCallIds(messages);
  const calls = messages[1]?.['tool_calls'];
  return {
    calls: Array.isArray(calls) ? calls.map((call) => Object(call).id) : [],
    results: messages.slice(2).map((message) => message['tool_call_id']),
  };
}

const anyId = fc.oneof(fc.string(), fc.stringMatching(/^call_[a-z0-9]{24}$/), fc.stringMatching(/^[A-Za-z0-9]{9}$/));

describe('shortenToolCallIds', () => {
  it('keeps calls apart and with their results, whatever their ids', () => {
    fc.assert(
      fc.property(fc.uniqueArray(anyId, { maxLength: 20 }), (ids) => {
        const { calls, results } = shorten(ids);
        expect(results).toEqual(calls);
        expect(new Set(calls).size).toBe(ids.length);
        for (const [index, id] of ids.entries()) {
          expect(calls[index]).toMatch(/^[A-Za-z0-9]{9}$/);
          if (/^[A-Za-z0-9]{9}$/.test(id)) expect(calls[index]).toBe(id);
        }
      }),
    );
  });

  it('gives an id the same one in every request', () => {
    const [first] = shorten(['call_1']).calls;
    expect(shorten(['call_0', 'call_1']).calls[1]).toBe(first);
    expect(first).toBe(shorten(['call_1']).calls[0]);
  });

  it('gives nobody an id that another call has', () => {
    const [taken = ''] = shorten(['call_1']).calls.map(String);
    const { calls } = shorten(['call_1', taken]);
    expect(calls[1]).toBe(taken);
    expect(calls[0]).not.toBe(taken);
  });

  it('leaves messages of other forms as they are', () => {
    const messages = ['text', null, { role: 'assistant', tool_calls: 'none' }, { role: 'tool', tool_call_id: 7 }];
    const before = structuredClone(messages);
    shortenToolCallIds(messages);
    expect(messages).toEqual(before);
  });
});
