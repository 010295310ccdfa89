import { afterAll, describe, expect, test } from 'vitest';
import { always, createFaultServer, type FaultyProvider, healthy, once } from './fault-server.ts';
import { canonicalText, canonicalWords } from './faults/canonical-answer.ts';

const faults = await createFaultServer();
afterAll(() => faults.close());

/** Asks as an OpenAI-like client does, and reads what comes as far as it comes. */
async function ask(provider: FaultyProvider, spoken?: string) {
  const messages = [{ role: 'user', content: 'Count.' }, ...(spoken ? [{ role: 'assistant', content: spoken }] : [])];
  const response = await fetch(`${faults.origin}/${provider.name}/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ stream: true, messages }),
  });
  let text = '';
  try {
    for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) text += piece;
  } catch {
    return { status: response.status, text, isCut: true };
  }
  return { status: response.status, text, isCut: false };
}

function readWords(text: string): string {
  return [...text.matchAll(/"content":"([^"]*)"/g)].map(([, word]) => word).join('');
}

describe('the fault server', () => {
  test('answers with sixty words, and the rest of them to who has the beginning', async () => {
    const provider = faults.addProvider('healthy', 'openai-chat', healthy);
    expect(canonicalWords).toHaveLength(60);
    const whole = await ask(provider);
    expect(readWords(whole.text)).toBe(canonicalText);
    expect(whole).toMatchObject({ status: 200, isCut: false, text: expect.stringMatching(/data: \[DONE\]\n\n$/) });
    const rest = await ask(provider, canonicalWords.slice(0, 40).join(''));
    expect(readWords(rest.text)).toBe(canonicalWords.slice(40).join(''));
    expect((await ask(provider, 'something else')).text).toBe(whole.text);
  });

  test('breaks an answer off after so many words', async () => {
    const provider = faults.addProvider('cut', 'openai-chat', always({ kind: 'cut', afterWords: 40 }));
    const { text, isCut } = await ask(provider);
    expect(isCut).toBe(true);
    expect(readWords(text)).toBe(canonicalWords.slice(0, 40).join(''));
  });

  test('breaks one event', async () => {
    const provider = faults.addProvider('broken', 'openai-chat', always({ kind: 'broken-event', place: 10 }));
    const events = (await ask(provider)).text.trimEnd().split('\n\n');
    const broken = events.flatMap((event, place) => {
      const data = event.replace('data: ', '');
      return data === '[DONE]' || isJson(data) ? [] : [place + 1];
    });
    expect(broken).toEqual([10]);
  });

  test('refuses once in the words of its dialect, and records when it was asked', async () => {
    const script = once({ kind: 'refuse', refusal: 'rate-limit', retryAfterS: 2 });
    const provider = faults.addProvider('limited', 'openai-chat', script);
    expect((await ask(provider)).status).toBe(429);
    expect((await ask(provider)).status).toBe(200);
    expect(provider.arrivals.map(({ fault }) => fault.kind)).toEqual(['refuse', 'none']);
    const [first, second] = provider.arrivals.map(({ atMs }) => atMs);
    expect(second).toBeGreaterThan(first ?? Number.POSITIVE_INFINITY);
  });

  test('breaks the connection before it has said anything', async () => {
    const provider = faults.addProvider('reset', 'openai-chat', always({ kind: 'reset' }));
    await expect(ask(provider)).rejects.toThrow('fetch failed');
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
