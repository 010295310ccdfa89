import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCredential, maxCredentialBytes, maxHeaderLength, parseCredential } from '../../src/auth/credential.ts';

const base64 = (text: string) => Buffer.from(text, 'utf8').toString('base64');
/** Base64 of it has +, / and padding; base64url has - and _. */
const awkward = { id: 'app', secret: '??>>~~ÿ?' };
const awkwardText = `${awkward.id}:${awkward.secret}`;

describe('parseCredential', () => {
  it.each([
    ['Basic', `Basic ${base64('app:secret')}`],
    ['Bearer', `Bearer ${base64('app:secret')}`],
    ['lower case', `bearer ${base64('app:secret')}`],
    ['upper case', `BASIC ${base64('app:secret')}`],
    ['several spaces', `Bearer   ${base64('app:secret')}`],
  ])('takes %s', (_, header) => {
    expect(parseCredential(header)).toEqual({ id: 'app', secret: 'secret' });
  });

  it.each([
    ['base64', base64(awkwardText)],
    ['base64 without padding', base64(awkwardText).replaceAll('=', '')],
    ['base64url', Buffer.from(awkwardText).toString('base64url')],
    ['base64url with padding', base64(awkwardText).replaceAll('+', '-').replaceAll('/', '_')],
  ])('takes %s', (_, encoded) => {
    expect(base64(awkwardText)).toMatch(/\+.*\/.*=|\/.*\+.*=/);
    expect(parseCredential(`Bearer ${encoded}`)).toEqual(awkward);
  });

  it.each([
    ['more colons', 'app:a:b:', { id: 'app', secret: 'a:b:' }],
    ['a colon as secret', 'app::', { id: 'app', secret: ':' }],
    ['a byte order mark', '\u{feff}app:x', { id: '\u{feff}app', secret: 'x' }],
    ['line breaks', 'app:x\n', { id: 'app', secret: 'x\n' }],
  ])('splits at the first colon and keeps %s', (_, text, credential) => {
    expect(parseCredential(`Basic ${base64(text)}`)).toEqual(credential);
  });

  it.each([
    ['nothing', ''],
    ['a scheme alone', 'Bearer'],
    ['a scheme and a space', 'Bearer '],
    ['another scheme', `Digest ${base64('app:secret')}`],
    ['a longer scheme', `Bearers ${base64('app:secret')}`],
    ['no scheme', base64('app:secret')],
    ['no space', `Bearer${base64('app:secret')}`],
    ['a tab for a space', `Bearer\t${base64('app:secret')}`],
    ['space before', ` Bearer ${base64('app:secret')}`],
    ['space behind', `Bearer ${base64('app:secret')} `],
    ['a line break behind', `Bearer ${base64('app:secret')}\n`],
    ['two tokens', `Bearer ${base64('app:secret')} ${base64('app:secret')}`],
    ['two headers joined', `Bearer ${base64('app:secret')},Bearer ${base64('app:secret')}`],
    ['plain text', 'Bearer app:secret'],
    ['an OpenAI key', 'Bearer sk-proj-abcdefgh'],
    ['no colon', `Bearer ${base64('appsecret')}`],
    ['no id', `Bearer ${base64(':secret')}`],
    ['no secret', `Bearer ${base64('app:')}`],
    ['both alphabets at once', 'Bearer YXBwOj8-Pz4+fn4='],
    ['half of its padding', 'Bearer YXBwOmE6YQ='],
    ['too much padding', 'Bearer YXBwOmE6YQ==='],
    ['padding where none is due', 'Bearer YXBwOmFh===='],
    ['padding inside', 'Bearer YXBw=OmFh'],
    ['bits behind the end', 'Bearer YXBwOmE6YR=='],
    ['one character too many', 'Bearer YXBwOmFhY'],
    ['invalid UTF-8', `Bearer ${Buffer.from([0x61, 0x3a, 0xc3, 0x28]).toString('base64')}`],
    ['overlong UTF-8', `Bearer ${Buffer.from([0x61, 0x3a, 0xc0, 0x80]).toString('base64')}`],
    ['a header that is too long', `Bearer ${base64(`app:${'x'.repeat(maxCredentialBytes)}`)}`],
  ])('refuses %s', (_, header) => {
    expect(parseCredential(header)).toBeUndefined();
  });

  it('takes a header of the greatest length and no longer', () => {
    const text = (length: number) => `Bearer ${Buffer.from(`a:${'x'.repeat(length - 2)}`).toString('base64url')}`;
    const longest = text(maxCredentialBytes);
    expect(longest).toHaveLength(maxHeaderLength - 1);
    expect(parseCredential(longest)?.secret).toHaveLength(maxCredentialBytes - 2);
    expect(parseCredential(text(maxCredentialBytes + 1))).toBeUndefined();
  });

  it('never throws', () => {
    const tail = fc.oneof(fc.string({ unit: 'binary' }), fc.base64String(), fc.string().map(base64));
    const header = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 1_100 }),
      fc.tuple(fc.constantFrom('Basic ', 'bearer ', 'Bearer'), tail).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(header, (text) => {
        const credential = parseCredential(text);
        expect(credential === undefined || (credential.id !== '' && !credential.id.includes(':'))).toBe(true);
      }),
    );
  });
});

describe('formatCredential', () => {
  it('is base64 of id:secret with padding', () => {
    expect(formatCredential('app', 'secret')).toBe('YXBwOnNlY3JldA==');
  });

  it('gives back any id without a colon and any secret', () => {
    const id = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }).filter((text) => !text.includes(':'));
    const secret = fc.string({ unit: 'binary', minLength: 1, maxLength: 120 });
    fc.assert(
      fc.property(id, secret, fc.constantFrom('Basic', 'Bearer', 'bEARER'), (someId, someSecret, scheme) => {
        const header = `${scheme} ${formatCredential(someId, someSecret)}`;
        expect(parseCredential(header)).toEqual({ id: someId, secret: someSecret });
      }),
    );
  });

  it.each([
    ['an empty id', '', 'hunter2'],
    ['a colon in the id', 'a:b', 'hunter2'],
    ['half a surrogate pair in the id', 'a\ud800', 'hunter2'],
    ['an empty secret', 'app', ''],
    ['half a surrogate pair in the secret', 'app', 'hunter2\udfff'],
    ['too many bytes', 'app', `hunter2${'é'.repeat(maxCredentialBytes / 2)}`],
  ])('refuses %s without telling the secret', (_, id, secret) => {
    expect(() => formatCredential(id, secret)).toThrow(RangeError);
    expect(() => formatCredential(id, secret)).not.toThrow('hunter2');
  });
});
