import { describe, expect, it } from 'vitest';
import { createSigner } from '../../../src/providers/bedrock/sign-request.ts';

const key = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const nowMs = Date.UTC(2026, 2, 14, 9, 26, 53);
const headers = { 'content-type': 'application/json', accept: 'application/json' };

/** The signatures are those that botocore 1.44.5, Amazon's SDK for Python, makes of the same requests. */
describe('a signed request', () => {
  it('has the signature that other implementations make', async () => {
    const sign = createSigner({ ...key, sessionToken: undefined }, 'us-east-1');
    const url =
      'https://bedrock-runtime.us-east-1.amazonaws.com/model/anthropic.claude-3-7-sonnet-20250219-v1%3A0/converse';
    expect(await sign({ url, headers, body: '{"messages":[]}' }, nowMs)).toEqual({
      ...headers,
      'x-amz-date': '20260314T092653Z',
      authorization:
        'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260314/us-east-1/bedrock/aws4_request, SignedHeaders=accept;content-type;host;x-amz-date, Signature=0001c64e2337f3192968ee671ab2b5a7b30046583c49a6f65c67c3d8bf2c692d',
    });
  });

  it('has it for an ARN, a session, other headers and letters outside ASCII', async () => {
    const sign = createSigner({ ...key, sessionToken: 'FwoGZXIvYXdzEXAMPLE//token==' }, 'eu-central-1');
    const arn = 'arn%3Aaws%3Abedrock%3Aeu-central-1%3A123456789012%3Aapplication-inference-profile%2Fabc123';
    const url = `https://bedrock-runtime.eu-central-1.amazonaws.com/model/${arn}/converse-stream`;
    const request = { url, headers: { ...headers, 'x-title': 'two  spaces' }, body: '{"text":"Grüße 世界"}' };
    expect(await sign(request, nowMs)).toEqual({
      ...request.headers,
      'x-amz-date': '20260314T092653Z',
      'x-amz-security-token': 'FwoGZXIvYXdzEXAMPLE//token==',
      authorization:
        'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260314/eu-central-1/bedrock/aws4_request, SignedHeaders=accept;content-type;host;x-amz-date;x-amz-security-token;x-title, Signature=932ba9ec3fb4d32fb6e69f7f31647b7ac396e2f7288a4f21cde5dd9aa9750efa',
    });
  });

  it('differs with the body, the time and the region', async () => {
    const url = 'https://bedrock-runtime.us-east-1.amazonaws.com/model/m/converse';
    const sign = createSigner({ ...key, sessionToken: undefined }, 'us-east-1');
    const elsewhere = createSigner({ ...key, sessionToken: undefined }, 'us-west-2');
    const signed = await Promise.all([
      sign({ url, headers, body: 'a' }, nowMs),
      sign({ url, headers, body: 'b' }, nowMs),
      sign({ url, headers, body: 'a' }, nowMs + 1000),
      elsewhere({ url, headers, body: 'a' }, nowMs),
    ]);
    expect(new Set(signed.map(({ authorization }) => authorization)).size).toBe(4);
  });
});
