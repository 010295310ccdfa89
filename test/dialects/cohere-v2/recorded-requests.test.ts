import { describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/core/json.ts';
import { describeRecordedTraffic } from '../../support/recorded-traffic.ts';
import { clientRequests } from './client-requests.ts';
import { encode } from './encode.ts';

/** A request in normal form: where Cohere's API lets one thing be written in several ways. */
function normalise(request: JsonObject): JsonObject {
  const { stream, documents, ...rest } = request;
  return {
    ...rest,
    ...(stream === true && { stream }),
    messages: list(request['messages']).map(normaliseMessage),
    // An id that is not given is made.
    ...(documents !== undefined && { documents: list(documents).map(({ data }) => ({ data: data ?? null })) }),
  };
}

/** Empty text says nothing. */
function normaliseMessage({ content, ...message }: JsonObject): JsonObject {
  const parts = typeof content === 'string' ? [{ type: 'text', text: content }] : list(content);
  const said = parts.filter(({ text }) => text !== '');
  return said.length === 0 ? message : { ...message, content: said };
}

function list(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

describeRecordedTraffic('recorded requests, in the client’s form', '', (cases) => {
  const recordings = cases.filter(
    (one) => one.provider === 'cohere' && one.endpoint === '/v2/chat' && one.readRequest() !== undefined,
  );
  const named = recordings.map((recorded) => {
    // The longest name, since some begin with others.
    const [name = ''] = Object.keys(clientRequests)
      .filter((start) => recorded.name.startsWith(start))
      .sort((a, b) => b.length - a.length);
    return [recorded.name, recorded, clientRequests[name]] as const;
  });

  it('are all of them', () => {
    expect(named.filter(([, , toClientRequest]) => toClientRequest === undefined).map(([name]) => name)).toEqual([]);
    expect(named.length).toBeGreaterThanOrEqual(Object.keys(clientRequests).length);
  });

  describe.each(named)('%s', (_name, recorded, toClientRequest) => {
    it('mean the same', () => {
      const request = recorded.readRequest() ?? {};
      const client = toClientRequest?.(request) ?? {};
      const { body, warnings } = encode(client, String(request['model']), client['stream'] === true);
      expect(normalise(body)).toEqual(normalise(request));
      expect(warnings).toEqual([]);
    });
  });
});
