import { describe, expect, test, vi } from 'vitest';
import { createConditionScope } from '../../src/conditions/condition-scope.ts';
import { createCondition } from '../../src/conditions/create-condition.ts';
import { createInput, evaluate } from './call-input.ts';

const call = {
  metadata: {
    tier: 'premium',
    country: 'US',
    score: 0.9,
    count: 3,
    vip: true,
    none: null,
    tags: ['a', 'b'],
    plan: { name: 'gold', seats: 5 },
    'metadata.tier': 'decoy',
    'two words': 1,
    messages: 'decoy',
    type: 'support',
    in: 'Europe',
  },
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', name: 'bob', content: 'I want a Refund\nnow 😀' },
    {
      role: 'assistant',
      toolCalls: [{ id: 'c1', type: '', function: { name: 'look_up', arguments: '{"id":7}' } }],
    },
    { role: 'tool', toolCallId: 'c1', content: 'found' },
    {
      role: 'user',
      contentParts: [
        { part: { case: 'text' as const, value: 'what is ' } },
        { part: { case: 'imageUrl' as const, value: { url: 'https://x.test/a.png' } } },
        { part: { case: 'text' as const, value: 'this?' } },
      ],
    },
  ],
};

describe('true', () => {
  test.each([
    // Comparison, over number types.
    'tier == "premium"',
    'tier != "free"',
    'score > 0.8',
    'score >= 0.9 && score <= 0.9',
    'count == 3 && count == 3.0 && count == 3u && count < 4 && count > 2u',
    '"a" < "b" && b"a" < b"b" && false < true',
    '1 < 2u && 2u < 2.5',
    '"\uFF61" < "\u{1F600}" && "\uFF61" <= "\u{1F600}" && "\u{1F600}" > "\uFF61" && "\u{1F600}" >= "\uFF61"',
    '"a" <= "a" && "a" >= "a" && !("a" < "a") && !("a" > "a")',
    // Logic, with errors on one side.
    'vip && !stream',
    'vip || missing == 1',
    'missing == 1 || vip',
    '!(missing == 1 && false)',
    'vip ? true : missing == 1',
    // Arithmetic.
    '1 + 2 * 3 == 7 && 7 % 4 == 3 && 7 / 2 == 3 && -(2 - 5) == 3',
    'score * 10.0 > 8.9 && double(1) / 4.0 == 0.25',
    '"re" + "fund" == "refund" && [1] + [2] == [1, 2] && b"a" + b"b" == b"ab"',
    // Lists and maps.
    'country in ["US", "CA"]',
    '!(country in ["DE"])',
    '"a" in tags && tags[0] == "a" && tags.size() == 2 && size(tags) == 2',
    '"tier" in metadata && !("nope" in metadata)',
    'plan.name == "gold" && plan["seats"] == 5',
    '{"a": 1, "b": 2}["b"] == 2 && size({1: 2}) == 1 && 1 in {1: true}',
    'plan == {"name": "gold", "seats": 5}',
    'metadata["two words"] == 1',
    'metadata["in"] == "Europe"',
    '[1, 2, 3].first() == 1 && [1, 2, 3].last() == 3',
    'tags.last() == "b"',
    // Texts.
    'size("a😀") == 2 && "a😀".size() == 2 && size(b"ab") == 2',
    'tier.startsWith("pre") && tier.endsWith("ium") && tier.contains("emi")',
    'tier.matches("^p.*m$") && matches(tier, "e[lm]i") && !tier.matches("PREMIUM")',
    // Presence.
    'has(metadata.tier) && !has(metadata.nope) && has(metadata.none) && has(plan.name)',
    'none == null',
    // Macros.
    'tags.exists(t, t == "b") && tags.all(t, size(t) == 1) && tags.exists_one(t, t == "a")',
    'tags.map(t, t + "!") == ["a!", "b!"] && tags.filter(t, t > "a") == ["b"]',
    '[1, 2, 3].map(x, x > 1, x * 2) == [4, 6]',
    'metadata.exists(k, k == "tier") && plan.all(k, k in ["name", "seats"])',
    '[[1, 2], [3]].all(l, l.exists(x, x > 1))',
    // A list that two others begin with.
    '[[1] + [2]].exists(x, size(x + [3]) == 3 && size(x + [4]) == 3 && x + [3] == [1, 2, 3] && x + [4] == [1, 2, 4])',
    '[].all(x, false) && ![].exists(x, true)',
    // A macro's variable hides what is called the same, and only there.
    '[1].exists(tier, tier == 1) && tier == "premium"',
    '["x"].exists(metadata, metadata == "x" && tier == "premium")',
    '[1].exists(m, [m + 1].exists(m, m == 2))',
    // Types and conversions.
    'type(1) == int && type(score) == double && type("") == string',
    'type == "support" && metadata.type == "support"',
    'int("7") == 7 && double("0.5") == 0.5 && string(7) == "7" && uint(7) == 7u && bool("true")',
    'bytes("a") == b"a" && string(b"a") == "a" && dyn(1) == 1',
    'timestamp("2026-01-02T03:04:05Z").getFullYear() == 2026',
    'timestamp("2026-01-02T03:04:05Z").getHours("+02:00") == 5',
    'timestamp("2026-01-02T00:00:00Z") - timestamp("2026-01-01T00:00:00Z") == duration("24h")',
    'duration("90m") > duration("1h") && duration("90m").getMinutes() == 90',
    // The call's own values.
    'model == "router/shop" && user == "u1" && stream == false',
    'size(messages) == 5',
    'messages.first().role == "system" && messages[0].content == "Be brief."',
    'messages.last().content == "what is this?"',
    'messages.exists(m, m.content.matches("(?i).*refund.*"))',
    'messages.exists(m, m.name == "bob") && messages[1].name == "bob" && messages[0].name == ""',
    'messages.filter(m, m.role == "user").size() == 2',
    'messages.map(m, m.role) == ["system", "user", "assistant", "tool", "user"]',
    'messages[2].tool_calls[0].function.name == "look_up" && messages[2].content == ""',
    'messages[2].tool_calls.exists(c, c.id == "c1" && c.type == "function" && c.function.arguments.contains("7"))',
    'messages[3].tool_call_id == "c1" && has(messages[3].tool_call_id) && !has(messages[0].tool_call_id)',
    'messages.exists(m, m.content_parts.exists(p, p.type == "image_url"))',
    'messages.last().content_parts[0].text == "what is "',
    'messages[0] == messages.first() && messages[0] != messages[1]',
    // Names of the call win over the metadata; a key with a dot does not get between.
    'size(messages) == 5 && metadata.messages == "decoy"',
    'metadata.tier == "premium"',
    'constructor == 1 || true',
    // Comments and lines.
    'tier == "premium" // paid\n && vip',
    '"a\\n" == """a\n""" && r"a\\n" != "a\\n" && """a"b""" == \'a"b\'',
  ])('%s', (expression) => {
    expect(evaluate(expression, call)).toEqual({ isTrue: true, error: undefined });
  });
});

describe('false with an error', () => {
  test.each([
    ['missing == 1', 'The variable missing is missing: the metadata of the call has no such key.'],
    ['metadata.missing == 1', 'The variable missing is missing: the metadata of the call has no such key.'],
    ['constructor == 1', 'The variable constructor is missing: the metadata of the call has no such key.'],
    ['tier', 'The condition did not give true or false.'],
    ['tier > 1', 'At line 1, column 6: > does not take string and int.'],
    [
      'vip &&\n count + 1 == 4.0',
      'At line 2, column 8: + does not take double and int; convert one of them, as with double(x).',
    ],
    [
      'count % 2 == 0',
      'At line 1, column 7: % does not take double and int; it is for whole numbers: convert with int(x).',
    ],
    ['tags[5] == "a"', 'The list has no position 5.'],
    ['tags[-1] == "a"', 'The list has no position -1: positions are whole numbers from 0.'],
    ['tags[1.5] == "a"', 'The list has no position 1.5: positions are whole numbers from 0.'],
    ['[].last() == 1', 'At line 1, column 3: last() has nothing to give: the list is empty.'],
    ['[].first() == 1', /first\(\) has nothing to give: the list is empty/],
    ['1 / 0 == 1', /divide by zero/],
    ['9223372036854775807 + 1 == 0', /overflow/],
    ['int(tier) == 1', /premium/],
    ['tier.matches(country + "(")', /error parsing regexp/],
    ['plan.nope.deeper == 1', /field not found: nope/],
    ['count.exists(x, x)', /type mismatch/],
  ])('%s', (expression, error) => {
    const verdict = evaluate(expression, call);
    expect(verdict.isTrue).toBe(false);
    if (typeof error === 'string') expect(verdict.error).toBe(error);
    else expect(verdict.error).toMatch(error);
  });

  test('when the call has no user', () => {
    expect(evaluate('user == "u1"', { user: undefined })).toEqual({
      isTrue: false,
      error: 'The variable user is missing: the call does not have it.',
    });
  });

  test('when last() is asked of no messages', () => {
    expect(evaluate('messages.last().role == "user"').error).toMatch(/the list is empty/);
  });

  test('when the expression has not passed its check', () => {
    expect(evaluate('a ==').error).toMatch(/^The expression is not valid: line 1, column 3: /);
    expect(evaluate('('.repeat(10_000)).error).toMatch(/nested more than/);
  });
});

describe('a condition', () => {
  test('names its variables once, in their order', () => {
    const expression =
      'messages.exists(m, m.role == tier) && metadata.plan.name == tier && has(metadata.x) && user == int';
    expect(createCondition(expression).variables).toEqual(['messages', 'tier', 'metadata.plan', 'metadata.x', 'user']);
  });

  test('does not touch messages that it does not name', () => {
    const input = createInput({ metadata: { tier: 'premium' } });
    const messages = vi.fn(() => input.messages);
    const scope = createConditionScope(Object.defineProperty({ ...input }, 'messages', { get: messages }));
    expect(createCondition('tier == "premium"').evaluate(scope).isTrue).toBe(true);
    expect(messages).not.toHaveBeenCalled();
  });

  test('gives the same on each call', () => {
    const condition = createCondition('messages.filter(m, m.role == "user").map(m, m.content) == ["a"]');
    const scope = createConditionScope(createInput({ messages: [{ role: 'user', content: 'a' }] }));
    expect([condition.evaluate(scope), condition.evaluate(scope)]).toEqual([
      { isTrue: true, error: undefined },
      { isTrue: true, error: undefined },
    ]);
  });
});
