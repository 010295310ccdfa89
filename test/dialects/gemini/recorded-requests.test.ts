import { describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/core/json.ts';
import { encodeRequest } from '../../../src/dialects/gemini/encode-request.ts';
import { decodeRequest } from '../../../src/dialects/openai-chat/decode-request.ts';
import { describeRecordedTraffic, type RecordedCase } from '../../support/recorded-traffic.ts';
import { clientForms } from './client-forms.ts';

describeRecordedTraffic('recorded Gemini requests', 'enerateContent', (cases) => {
  describe('are what their client forms encode to', () => {
    for (const { name, model, request } of clientForms) {
      it(name, () => {
        const recorded = readRequest(cases, name);
        const client = { model: `google/${model}`, ...request(recorded) };
        const { body, warnings } = encodeRequest(decodeRequest(client), { model, source: client, fetched: new Map() });
        const hasIds = JSON.stringify(recorded).includes('"id"');
        expect(toMeaning(body, hasIds)).toEqual(toMeaning(recorded, hasIds));
        expect(warnings).toEqual([]);
      });
    }
  });
});

function readRequest(cases: readonly RecordedCase[], name: string): JsonObject {
  const request = cases.find((recorded) => recorded.name === name)?.readRequest();
  if (request === undefined) throw new Error(`there is no recorded request of ${name}`);
  return request;
}

/** Keys whose words are written in either case. */
const words: ReadonlySet<string> = new Set(['type', 'mode', 'thinkingLevel']);

/**
 * A request without what makes no difference: the spelling of keys and of words, defaults that are said, and ids where the recording has
 * none.
 */
function toMeaning(value: JsonValue, hasIds: boolean, key = ''): JsonValue {
  if (typeof value === 'string') return words.has(key) ? value.toLowerCase() : value;
  if (Array.isArray(value)) return value.map((item) => toMeaning(item, hasIds));
  if (!isJsonObject(value)) return value;
  const meaning: JsonObject = {};
  for (const [name, inner] of Object.entries(value)) {
    const spelled = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const renamed = renamedKeys.get(spelled) ?? spelled;
    if (isDefault(key, renamed, inner) || (renamed === 'id' && !hasIds)) continue;
    meaning[renamed] = toMeaning(inner, hasIds, renamed);
  }
  return meaning;
}

const renamedKeys: ReadonlyMap<string, string> = new Map([
  ['parameters', 'parametersJsonSchema'],
  ['responseSchema', 'responseJsonSchema'],
]);

function isDefault(parent: string, key: string, value: JsonValue): boolean {
  const text = JSON.stringify(value);
  return (
    (parent === 'systemInstruction' && key === 'role') ||
    (key === 'responseModalities' && text === '["TEXT"]') ||
    // Thoughts are asked for wherever there are any.
    (key === 'thinkingConfig' && text === '{"includeThoughts":true}') ||
    (key === 'generationConfig' && (text === '{}' || text === '{"thinkingConfig":{"includeThoughts":true}}'))
  );
}
