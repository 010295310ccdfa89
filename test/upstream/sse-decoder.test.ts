import { existsSync, globSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SseDecoder, type SseFrame } from '../../src/upstream/sse-decoder.ts';
import { UpstreamFailure } from '../../src/upstream/upstream-failure.ts';
import { cutBytes } from '../support/fake-upstream.ts';

const maxEventBytes = 1_000_000;

/** Decodes pieces to their end, and notes a failure in its place. */
function decode(chunks: readonly Uint8Array[], bound = maxEventBytes): (SseFrame | string)[] {
  const decoder = new SseDecoder({ maxEventBytes: bound });
  const seen: (SseFrame | string)[] = [];
  try {
    for (const chunk of chunks) seen.push(...decoder.push(chunk));
    seen.push(...decoder.end());
  } catch (error) {
    if (!(error instanceof UpstreamFailure)) throw error;
    seen.push(error.kind);
  }
  return seen;
}

function decodeText(text: string, bound = maxEventBytes): (SseFrame | string)[] {
  return decode([Buffer.from(text)], bound);
}

function data(...values: string[]): SseFrame[] {
  return values.map((value) => ({ event: undefined, data: value }));
}

describe('SseDecoder', () => {
  it.each([
    ['one event', 'data: a\n\n', data('a')],
    ['several events', 'data: a\n\ndata: b\n\n', data('a', 'b')],
    ['carriage returns', 'data: a\r\rdata: b\r\r', data('a', 'b')],
    ['carriage returns with line feeds', 'data: a\r\n\r\ndata: b\r\n\r\n', data('a', 'b')],
    ['mixed line ends', 'data: a\r\n\ndata: b\n\r\ndata: c\r\n\r', data('a', 'b', 'c')],
    ['a line feed and a carriage return as two line ends', 'data: a\n\rdata: b', data('a', 'b')],
    ['lines joined by line feeds', 'data: a\ndata: b\ndata:\ndata: c\n\n', data('a\nb\n\nc')],
    ['one space after the colon left out', 'data:a\n\ndata:  b\n\ndata: c \n\n', data('a', ' b', 'c ')],
    ['empty data', 'data\n\ndata:\n\ndata: \n\n', data('', '', '')],
    ['colons in data', 'data: a: b:c\n\n', data('a: b:c')],
    ['a byte order mark at the start', '\uFEFFdata: a\n\n', data('a')],
    ['only one byte order mark', '\uFEFF\uFEFFdata: a\n\ndata: b\n\n', data('b')],
    ['a byte order mark in data', '\uFEFFdata: \uFEFFa\n\n', data('\uFEFFa')],
    ['comments ignored', ': ping\n\n:\ndata: a\n: ping\n\n', data('a')],
    ['id and retry ignored', 'id: 1\nretry: 5\ndata: a\nid\n\nretry: 1\n\n', data('a')],
    ['unknown fields ignored', 'datum: a\ndataa: b\nDATA: c\n data: d\ndat\n\n', []],
    ['other text ignored', '<html>\n\nno field\n\n', []],
    ['an event without data ignored', 'event: ping\n\ndata: a\n\n', data('a')],
    ['named events', 'event: e\ndata: a\n\ndata: b\n\n', [{ event: 'e', data: 'a' }, ...data('b')]],
    ['the last of several names', 'event: e\ndata: a\nevent: f\n\n', [{ event: 'f', data: 'a' }]],
    ['an empty name as none', 'event: e\nevent:\ndata: a\n\nevent\ndata: b\n\n', data('a', 'b')],
    ['empty lines', '\n\n\r\r\n\n\ndata: a\n\n\n\n', data('a')],
    ['nothing', '', []],
    ['bytes that are not UTF-8', Buffer.from([0x64, 0x61, 0x74, 0x61, 0x3a, 0xff, 0x0a]), data('\uFFFD')],
  ])('decodes %s', (_name, stream, frames) => {
    expect(decode([Buffer.from(stream)])).toEqual(frames);
    expect(decode(cutBytes(Buffer.from(stream), 1))).toEqual(frames);
  });

  it.each([
    ['without its blank line', 'data: a\n\ndata: b\n', data('a', 'b')],
    ['without its line end', 'event: e\ndata: b', [{ event: 'e', data: 'b' }]],
    ['with half a character', Buffer.from([0x64, 0x61, 0x74, 0x61, 0x3a, 0xe2, 0x82]), data('\uFFFD')],
  ])('gives the last event %s', (_name, stream, frames) => {
    expect(decode([Buffer.from(stream)])).toEqual(frames);
  });

  it('gives an event as soon as its blank line is there', () => {
    const decoder = new SseDecoder({ maxEventBytes });
    expect(decoder.push(Buffer.from('data: a\r\n\r'))).toEqual(data('a'));
    expect(decoder.push(Buffer.from('\ndata: b\n'))).toEqual([]);
    expect(decoder.push(Buffer.from('\n'))).toEqual(data('b'));
    expect(decoder.end()).toEqual([]);
  });

  it('takes bytes that are part of a larger buffer', () => {
    const bytes = new Uint8Array(Buffer.from('xxdata: a\n\nxx'));
    expect(decode([bytes.subarray(2, -2)])).toEqual(data('a'));
  });

  it('keeps nothing of the pieces it was given', () => {
    const decoder = new SseDecoder({ maxEventBytes });
    const piece = Buffer.from('data: a');
    decoder.push(piece);
    piece.fill(0);
    expect(decoder.push(Buffer.from('b\n\n'))).toEqual(data('ab'));
  });
});

describe('SseDecoder, lines that are no event', () => {
  const unframed = (text: string) => ({ event: 'unframed', data: text });

  it.each([
    ['a bare body', '{"error":{"message":"no"}}', [unframed('{"error":{"message":"no"}}')]],
    ['a body of several lines', '{\n  "error": {\n  }\n}\n', [unframed('{\n  "error": {\n  }\n}')]],
    ['JSON after events', 'data: a\n\n{"error":1}\n\n', [...data('a'), unframed('{"error":1}')]],
    ['JSON right after an event', 'data: a\n{"error":1}\n', [...data('a'), unframed('{"error":1}')]],
    ['an event right after JSON', '{"error":1}\ndata: a\n\n', [unframed('{"error":1}'), ...data('a')]],
    [
      'a name right after JSON',
      '{"error":1}\nevent: e\ndata: a\n\n',
      [unframed('{"error":1}'), { event: 'e', data: 'a' }],
    ],
    ['JSON among comments and ids', '{"a":\n: ping\nid: 1\n1}\n\n', [unframed('{"a":\n1}')]],
    ['JSON after JSON', '{"a":1}\n\n{"b":1}\n\n', [unframed('{"a":1}'), unframed('{"b":1}')]],
    ['JSON after a byte order mark', '\uFEFF{"a":1}', [unframed('{"a":1}')]],
    ['JSON under a name', 'event: error\n{"a":1}\n\ndata: a\n\n', [unframed('{"a":1}'), ...data('a')]],
  ])('gives %s', (_name, stream, frames) => {
    expect(decodeText(stream)).toEqual(frames);
    expect(decode(cutBytes(Buffer.from(stream), 1))).toEqual(frames);
  });
});

describe('SseDecoder, bounds', () => {
  it('takes an event as large as allowed, and no larger', () => {
    expect(decodeText('data: 1234\n\n', 10)).toEqual(data('1234'));
    expect(decodeText('data: 12345\n\n', 10)).toEqual(['too-large']);
  });

  it.each([
    ['a line without an end', 'data: 12345'],
    ['many short lines', 'data:1\ndata:2\n\n'],
    ['a comment', ': 123456789\n\n'],
    ['a name', 'event: 1234\n'],
    ['bare JSON', '{"a": 12345'],
    ['lines of bare JSON', '{\n"a":\n12345\n}\n'],
    ['characters of several bytes', 'data: 漢漢\n\n'],
  ])('fails for %s', (_name, stream) => {
    expect(decodeText(stream, 10)).toEqual(['too-large']);
    expect(decode(cutBytes(Buffer.from(stream), 1), 10)).toEqual(['too-large']);
  });

  it('has no bound for the stream', () => {
    expect(decodeText('data: 1234\n\n'.repeat(1000), 10)).toHaveLength(1000);
    expect(decodeText(': ping\n'.repeat(1000), 10)).toEqual([]);
  });

  it('gives the events before the one that is too large, and then only fails', () => {
    const decoder = new SseDecoder({ maxEventBytes: 10 });
    expect(decoder.push(Buffer.from('data: a\n\ndata: 12345\n\ndata: b\n\n'))).toEqual(data('a'));
    const tooLarge = { kind: 'too-large', message: 'one event of the answer is larger than 10 bytes' };
    expect(() => decoder.push(Buffer.from('data: c\n\n'))).toThrow(expect.objectContaining(tooLarge));
    expect(() => decoder.end()).toThrow(expect.objectContaining(tooLarge));
  });

  it('takes linear time for an event that comes byte by byte, and for line ends of any kind', () => {
    const bytes = Buffer.from(`data: ${'x'.repeat(400_000)}\n\n`);
    expect(decode(cutBytes(bytes, 1))).toHaveLength(1);
    const ends = 4_000_000;
    expect(decodeText('\r'.repeat(ends))).toEqual([]);
    expect(decodeText('\n'.repeat(ends))).toEqual([]);
    expect(decodeText('data\n'.repeat(100_000))).toEqual(data('\n'.repeat(99_999)));
  });
});

describe('SseDecoder, any cut', () => {
  const line = fc.oneof(
    fc.constantFrom(
      '',
      'data',
      'data: ',
      'data:é漢🎉',
      'event: e',
      'event',
      ': ping',
      'id: 1',
      '{"a":1}',
      '{',
      '}',
      ' x',
      '\uFEFF',
    ),
    fc.string({ unit: 'grapheme' }).map((text) => `data: ${text}`),
    fc.string({ unit: 'binary' }),
  );
  const stream = fc
    .array(fc.tuple(line, fc.constantFrom('\n', '\r', '\r\n', '\n\n', '\r\n\r\n', '')))
    .map((lines) => Buffer.from(lines.flat().join('')));
  const bytes = fc.uint8Array({ max: 255 }).map((array) => Buffer.from(array));
  const nearBytes = fc
    .array(fc.constantFrom(...Buffer.from('data: \n\r{}\uFEFF'), 0xff))
    .map((array) => Buffer.from(array));
  const sizes = fc.array(fc.integer({ min: 0, max: 9 }));

  it('gives the same frames', () => {
    fc.assert(
      fc.property(fc.oneof(stream, bytes, nearBytes), sizes, (whole, cuts) => {
        expect(decode(cutBytes(whole, cuts))).toEqual(decode([whole]));
      }),
      { numRuns: 1000 },
    );
  });

  it('gives the same frames and fails at the same event', () => {
    fc.assert(
      fc.property(fc.oneof(stream, nearBytes), sizes, fc.integer({ min: 0, max: 20 }), (whole, cuts, bound) => {
        expect(decode(cutBytes(whole, cuts), bound)).toEqual(decode([whole], bound));
      }),
      { numRuns: 1000 },
    );
  });

  it('agrees with the standard for events of text', () => {
    fc.assert(
      fc.property(stream, (whole) => {
        const framed = decode([whole]).filter((frame) => typeof frame === 'string' || frame.event !== 'unframed');
        expect(framed).toEqual(decodeByTheStandard(whole));
      }),
      { numRuns: 1000 },
    );
  });
});

/** WHATWG HTML §9.2.6 word for word, with the decoder's two deviations: the last event is given, and `{` ends an event. */
function decodeByTheStandard(bytes: Uint8Array): SseFrame[] {
  const frames: SseFrame[] = [];
  let dataBuffer = '';
  let event = '';
  let inUnframed = false;
  function dispatch(): void {
    if (dataBuffer !== '') frames.push({ event: event === '' ? undefined : event, data: dataBuffer.slice(0, -1) });
    dataBuffer = '';
    event = '';
    inUnframed = false;
  }
  for (const line of new TextDecoder().decode(bytes).split(/\r\n|\n|\r/)) {
    if (line === '') dispatch();
    if (line === '' || line.startsWith(':')) continue;
    const [, name = line, value = ''] = /^([^:]*): ?(.*)$/s.exec(line) ?? [];
    if (name === 'data' || name === 'event') {
      if (inUnframed) dispatch();
      if (name === 'data') dataBuffer += `${value}\n`;
      else event = value;
    } else if (line.startsWith('{') && !inUnframed) {
      dispatch();
      inUnframed = true;
    }
  }
  dispatch();
  return frames;
}

const fixtures = new URL('../../../shared/fixtures/', import.meta.url);

describe.skipIf(!existsSync(fixtures))('SseDecoder, recorded streams (of ../shared/fixtures, where they are)', () => {
  it('gives the events of every recording, whole and byte by byte', () => {
    const files = globSync('*/*/response.sse', { cwd: fixtures });
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const bytes = readFileSync(new URL(file, fixtures));
      const frames = decode([bytes]);
      expect(frames, file).toEqual(decodeByTheStandard(bytes));
      expect(decode(cutBytes(bytes, 1)), file).toEqual(frames);
    }
  });
});
