import { expect, it } from 'vitest';
import { ToolCallIds } from '../../src/dialects/tool-call-ids.ts';
import { packToolCallId } from '../../src/dialects/tool-call-memo.ts';

it('stay as they are where they can, without what was packed into them', () => {
  const ids = new ToolCallIds();
  ids.beginMessage();
  expect([ids.addCall('a.1'), ids.addCall(packToolCallId('b', 'memo'))]).toEqual(['a.1', 'b']);
  expect([ids.resolveResult('b'), ids.resolveResult(packToolCallId('a.1', 'memo'))]).toEqual(['b', 'a.1']);
});

it('are told apart where answers begin to count again', () => {
  const ids = new ToolCallIds();
  const pairs = [1, 2, 3].map(() => {
    ids.beginMessage();
    return [ids.addCall('call_0'), ids.resolveResult('call_0')];
  });
  expect(pairs).toEqual([
    ['call_0', 'call_0'],
    ['call_0_1', 'call_0_1'],
    ['call_0_2', 'call_0_2'],
  ]);
});

it('are fitted to what the provider takes, and stay different', () => {
  const ids = new ToolCallIds({ refusedChars: /[^\w-]/g, maxChars: 6 });
  ids.beginMessage();
  expect(['a.b', 'a:b', 'abcdefgh', 'abcdefxyz'].map((id) => ids.addCall(id))).toEqual([
    'a_b',
    'a_b_1',
    'abcdef',
    'abcd_1',
  ]);
  expect(ids.resolveResult('abcdefxyz')).toBe('abcd_1');
});

it('of results without one are those of the calls before them, in order', () => {
  const ids = new ToolCallIds();
  ids.beginMessage();
  const calls = ['', 'named', ''].map((id) => ids.addCall(id));
  expect(calls).toEqual(['call', 'named', 'call_1']);
  expect([ids.resolveResult('named'), ids.resolveResult(''), ids.resolveResult(undefined)]).toEqual([
    'named',
    'call',
    'call_1',
  ]);
});

it('of results that belong to no call are none of a call', () => {
  const ids = new ToolCallIds();
  ids.beginMessage();
  const sent = ids.addCall('');
  ids.resolveResult('');
  expect(ids.resolveResult('')).not.toBe(sent);
  expect(ids.resolveResult('lost')).toBe('lost');
});

it('of one message that are the same are answered in order', () => {
  const ids = new ToolCallIds();
  ids.beginMessage();
  expect([ids.addCall('x'), ids.addCall('x')]).toEqual(['x', 'x_1']);
  expect([ids.resolveResult('x'), ids.resolveResult('x')]).toEqual(['x', 'x_1']);
});
