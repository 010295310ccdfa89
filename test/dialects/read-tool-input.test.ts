import { create } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ToolCallSchema } from '../../gen/signalbox/chat/v1/message_pb.ts';
import { readToolInput } from '../../src/dialects/read-tool-input.ts';
import { exactArguments } from '../contract/exact-arguments.ts';

/** What is sent of a function's arguments. */
function send(args: string): string {
  const { input, isWrapped } = readToolInput(create(ToolCallSchema, { function: { name: 'f', arguments: args } }));
  expect(isWrapped).toBe(false);
  return JSON.stringify(input);
}

function wrap(args: string) {
  return readToolInput(create(ToolCallSchema, { function: { name: 'f', arguments: args } }));
}

/** Every way to write a number: RFC 8259, section 6. */
const number = fc.stringMatching(/^-?(?:0|[1-9][0-9]{0,24})(?:\.[0-9]{1,20})?(?:[eE][+-]?[0-9]{1,3})?$/);

describe('the input of an earlier call', () => {
  it('has each number as the client wrote it', () => {
    fc.assert(
      fc.property(fc.array(number), number, (elements, member) => {
        const args = `{"a":[${elements.join(',')}],"b":{"__proto__":${member},"":${member}},"c":"${member}"}`;
        expect(send(args)).toBe(args);
      }),
    );
  });

  it('is otherwise what the arguments are, as JSON', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ noUnicodeString: false })), (value) => {
        const args = JSON.stringify(value);
        expect(send(args)).toBe(JSON.stringify(JSON.parse(args)));
        expect(JSON.parse(send(JSON.stringify(value, null, 2)))).toEqual(JSON.parse(args));
      }),
    );
    expect(JSON.parse(send(exactArguments))).toEqual(JSON.parse(exactArguments));
  });

  it('has the last of members with one name', () => {
    expect(send('{"a":[1.0,2],"a":{"b":2.50},"c":{"d":1},"c":3.0}')).toBe('{"a":{"b":2.50},"c":3.0}');
  });

  it.each(['1.0', '12345678901234567890', '[1.0]', 'null', '"text"', '{"a":1.}', '{"a":01}', '{"a"'])(
    'is a text when it is no object: %s',
    (args) => {
      expect(wrap(args)).toEqual({ input: { arguments: args }, isWrapped: true });
    },
  );

  it('is read however deep it is nested', () => {
    const levels = 100_000;
    const { input, isWrapped } = wrap(`{"a":${'['.repeat(levels)}1.0${']'.repeat(levels)}}`);
    expect(isWrapped).toBe(false);
    expect(Object.keys(input)).toEqual(['a']);
  });

  it('is empty without arguments, and one field of a custom call', () => {
    expect(send(' \n')).toBe('{}');
    const custom = create(ToolCallSchema, { custom: { name: 'f', input: '1.0' } });
    expect(readToolInput(custom)).toEqual({ input: { input: '1.0' }, isWrapped: false });
  });
});
