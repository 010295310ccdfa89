import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SourceFormatError } from '../../../src/catalog/sync/catalog-source.ts';
import { epoch } from '../../../src/catalog/sync/epoch/index.ts';
import { readCsv } from '../../../src/catalog/sync/epoch/read-csv.ts';
import { scaleIndex } from '../../../src/catalog/sync/epoch/scale-index.ts';
import { decodeFile, today } from './source-files.ts';

describe('epoch', () => {
  const { scores, models, warnings } = decodeFile(epoch);

  test('gives a score of intelligence for each model, and its date apart from its name', () => {
    expect(models).toEqual([]);
    expect(scores[0]).toEqual({
      name: 'GPT-5.4',
      releaseDate: '2026-03-05',
      isDated: false,
      scores: { intelligence: { value: 77.15, source: 'epoch', date: today, isEstimated: false } },
    });
    expect(scores.map(({ name, releaseDate, isDated }) => [name, releaseDate, isDated])).toEqual([
      ['GPT-5.4', '2026-03-05', false],
      ['GPT-5', '2025-08-07', false],
      ['Gemini 2.5 Pro', '2025-06-17', true],
      ['Gemini 2.5 Pro', '2025-04-09', true],
      ['Claude 3.5 Sonnet', '2024-06-20', false],
      ['Llama 3.3 70B', '2024-12-06', false],
      ['Claude Instant', undefined, false],
    ]);
  });

  test('tells which rows it leaves out', () => {
    expect(warnings).toEqual(['Row 9 is left out: it names no model.', 'Row 10 is left out: its eci is no number.']);
  });

  test('needs no columns but two', () => {
    expect(epoch.decode('Model,eci\nA (MoE-236B),120\n', today).scores).toMatchObject([{ name: 'A', isDated: false }]);
  });

  test.each(['', 'Model\nA\n', 'a,b\n1,2\n', '{}', 'Model,eci\n"A,1\n'])('is not %j', (text) => {
    expect(() => epoch.decode(text, today)).toThrow(SourceFormatError);
  });
});

describe('the scale', () => {
  test('puts the two models that set the index at equal distances from the middle', () => {
    expect([scaleIndex(130), scaleIndex(140), scaleIndex(150)]).toEqual([33.92, 50, 66.08]);
  });

  test('keeps the order, and stays between 0 and 100', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 60, max: 220, noNaN: true }),
        fc.double({ min: 0.2, max: 50, noNaN: true }),
        (index, more) => {
          const [lower, higher] = [scaleIndex(index), scaleIndex(index + more)];
          expect(lower).toBeGreaterThanOrEqual(0);
          expect(higher).toBeLessThanOrEqual(100);
          expect(higher).toBeGreaterThanOrEqual(lower);
        },
      ),
    );
    expect(scaleIndex(181)).toBeGreaterThan(scaleIndex(180));
  });
});

describe('CSV', () => {
  test('may hold commas, line breaks and quotation marks in quotation marks', () => {
    const [row, ...others] = readCsv('\uFEFFa,b,c\r\n"1,2","3\n""4""",5\r\n\r\n6,7\n8');
    expect(row).toEqual(
      new Map([
        ['a', '1,2'],
        ['b', '3\n"4"'],
        ['c', '5'],
      ]),
    );
    expect(others).toEqual([
      new Map([
        ['a', '6'],
        ['b', '7'],
        ['c', ''],
      ]),
      new Map([
        ['a', '8'],
        ['b', ''],
        ['c', ''],
      ]),
    ]);
  });

  test('comes back as it was written', () => {
    const field = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', ' ', 'é') });
    const write = (rows: readonly (readonly string[])[]) =>
      rows.map((row) => row.map((text) => `"${text.replaceAll('"', '""')}"`).join(',')).join('\n');
    fc.assert(
      fc.property(fc.array(fc.tuple(field, field), { maxLength: 5 }), (rows) => {
        const kept = rows.filter((row) => row.some((text) => text !== ''));
        expect(readCsv(write([['x', 'y'], ...rows])).map((row) => [row.get('x'), row.get('y')])).toEqual(kept);
      }),
    );
  });

  test('is read or refused, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r'), maxLength: 40 }), (text) => {
        try {
          readCsv(text);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(SourceFormatError);
        }
      }),
    );
  });

  test('has bounds', () => {
    expect(() => readCsv(','.repeat(200))).toThrow(/more than 100 fields/);
    expect(() => readCsv('a\n'.repeat(60_000))).toThrow(/more than 50000 rows/);
  });
});
