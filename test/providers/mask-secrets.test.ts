import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listSecrets, maskSecrets } from '../../src/providers/mask-secrets.ts';

const random = 'a8Fk29dLqPz7Xc0VbN3mWe5RtY';

describe('maskSecrets, secrets', () => {
  it.each([
    ['OpenAI', `sk-proj-${random}`],
    ['Anthropic', `sk-ant-api03-${random}`],
    ['Groq', `gsk_${random}`],
    ['xAI', `xai-${random}`],
    ['Cerebras', `csk-${random}`],
    ['Fireworks', `fw_${random}`],
    ['Hugging Face', `hf_${random}`],
    ['NVIDIA', `nvapi-${random}`],
    ['Perplexity', `pplx-${random}`],
    ['Together', `tgp_v1_${random}`],
    ['Google', `AIza${random}${random}`],
    ['an access token of Google', `ya29.${random}`],
    ['Amazon', 'AKIAIOSFODNN7EXAMPLE'],
    ['a web token', `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.${random}`],
  ])('masks a key of %s', (_name, key) => {
    expect(maskSecrets(`The key "${key}" is wrong.`, [])).toBe('The key "[masked]" is wrong.');
    expect(maskSecrets(`${key}, again: ${key}`, [])).toBe('[masked], again: [masked]');
  });

  it('masks the key that the provider was called with, whatever it looks like', () => {
    const key = 'correct.horse*battery$staple';
    expect(maskSecrets(`${key} and (${key}${key})`, [key])).toBe('[masked] and ([masked][masked])');
  });

  it('takes a short key for the placeholder that it is', () => {
    expect(maskSecrets('ollama: none of the models', listSecrets('none', { 'x-tier': 'models' }))).toBe(
      'ollama: none of the models',
    );
    expect(maskSecrets('a text', listSecrets('', { 'x-empty': '' }))).toBe('a text');
  });

  it('masks the values of configured headers, whole and without their scheme', () => {
    const secrets = listSecrets('the-api-key', { 'api-key': ' 0123456789abcdef ', Authorization: 'Token tok-0123456' });
    const text = 'the-api-key, 0123456789abcdef, Token tok-0123456 and (tok-0123456)';
    expect(maskSecrets(text, secrets)).toBe('[masked], [masked], [masked] and ([masked])');
  });

  it('masks a secret that is the beginning of another', () => {
    const secrets = listSecrets('shared-secret', { 'x-key': 'shared-secret-and-more' });
    expect(maskSecrets('shared-secret-and-more', secrets)).toBe('[masked]');
  });

  it('leaves no half of a surrogate pair', () => {
    expect(maskSecrets(`${'.'.repeat(1999)}🔑`, [])).toBe(`${'.'.repeat(1999)}\ufffd…`);
    expect(maskSecrets('a\ud83d', [])).toBe('a\ufffd');
  });

  it.each(['Bearer abcdefgh12', 'bearer  abcdefgh12=', 'BEARER\tabc/def+gh~'])('masks the token of %s', (text) => {
    expect(maskSecrets(`authorization: ${text}; x`, [])).toMatch(/^authorization: bearer\s+\[masked\]; x$/i);
  });

  it.each([
    'http://localhost:8000/v1',
    'http://127.0.0.1/',
    'https://10.1.2.3:8443/v1/chat?x=1',
    'http://172.16.0.1',
    'http://192.168.1.1:1/x',
    'http://169.254.169.254/latest/meta-data',
    'http://[::1]:8000/',
    'http://vllm-0:8000/v1',
    'http://gateway',
    'http://user:pass@gateway/x',
    'http://user:pass@10.0.0.1/x',
    'https://user:pass@example.com/x',
    'https://models.internal/x',
    'http://llm.team-a.svc.cluster.local:80/v1',
    '10.0.0.12:443',
    '192.168.0.7',
  ])('masks the address %s', (address) => {
    expect(maskSecrets(`cannot reach ${address} now`, [])).toBe('cannot reach [masked] now');
    expect(maskSecrets(`<${address}>`, [])).toBe('<[masked]>');
  });

  it('masks before it cuts', () => {
    const key = 'an-ordinary-looking-secret';
    for (let before = 1960; before <= 2000; before += 1) {
      const masked = maskSecrets('.'.repeat(before) + key, [key]);
      expect(masked).not.toContain('an-o');
      expect(maskSecrets(`${'.'.repeat(before)}sk-${random}`, [])).not.toContain(random.slice(0, 4));
    }
  });
});

describe('maskSecrets, ordinary text', () => {
  it.each([
    'Unsupported parameter: max_tokens. See https://platform.openai.com/docs/guides/error-codes?a=b#c.',
    'Error while downloading https://source.unsplash.com/8xznAGy4HcY/800x400.',
    'https://go.microsoft.com/fwlink/?linkid=21298766',
    'https://localhost.example.com/ https://10.example.com/ https://internal.example.com/ http://example.local-shop.com/',
    'http://8.8.8.8/x and 172.32.0.1 and 11.0.0.1',
    'The model xai-grok-4-fast-reasoning does not exist; try hf_transformers or key_findings_summary.',
    'Missing properties: key-value-pairs, pk_customer_id, sk_live, fw_rules.',
    'Took 10.25 seconds in version 10.2.1; 127.5 tokens a second, 192.168 of them.',
    'The bearer of bad news; Bearer token missing',
    'https://',
    'ключ 鍵 🔑',
  ])('leaves %j as it is', (text) => {
    expect(maskSecrets(text, [])).toBe(text);
    expect(maskSecrets(text, ['K3y-0f-the-provider'])).toBe(text);
  });

  it('cuts what is longer than 2,000 characters', () => {
    expect(maskSecrets('x '.repeat(1000), [])).toBe('x '.repeat(1000));
    expect(maskSecrets('x '.repeat(1001), [])).toBe(`${'x '.repeat(1000)}…`);
  });
});

describe('maskSecrets, any text', () => {
  const piece = fc.constantFrom(
    ...[
      'sk-',
      'http://',
      'https://a@',
      'Bearer ',
      'eyJ',
      '.',
      '-',
      '_',
      '/',
      '@',
      ' ',
      '\t',
      ':',
      '10.',
      '0',
      'a',
      'svc',
      'key-',
    ],
    ...['AIza', '.internal', '[', 'xai-', random],
  );

  it('never lets the key through, nor grows', () => {
    const key = 'K3y-0f-the-provider';
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.constant(key)), { maxLength: 60 }), (pieces) => {
        const masked = maskSecrets(pieces.join(''), [key]);
        expect(masked).not.toContain(key);
        expect(masked.length).toBeLessThanOrEqual(2001);
      }),
      { numRuns: 500 },
    );
  });

  it('takes linear time', () => {
    // Each repeats what makes a pattern begin, go far, and fail. In quadratic time one of them takes minutes.
    const size = 500_000;
    const prefixes = [
      'sk-',
      'sk-a',
      'key_a',
      'eyJaaaaaaaa',
      'eyJaaaaaaaa.',
      'Bearer ',
      'bearer\t\t\t',
      'http://',
      'http://a.',
      '10.',
      '10.0',
    ];
    const fillers = ['a', ' ', '-', '.', 'a.', 'a-', '@', 'a@', ':', '.svc', '.internalx', '0.', '\t'];
    for (const prefix of prefixes) {
      maskSecrets(prefix.repeat(size / prefix.length), []);
      for (const filler of fillers) {
        maskSecrets(prefix + filler.repeat(size / filler.length), []);
        maskSecrets((prefix + filler).repeat(size / (prefix.length + filler.length)), []);
      }
    }
  });
});
