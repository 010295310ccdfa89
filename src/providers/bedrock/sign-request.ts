import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { AccessKey } from './credentials.ts';

/** A request that is to be signed. */
export interface UnsignedRequest {
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Signs requests: gives the headers to send, those of the signature among them. */
export type SignRequest = (request: UnsignedRequest, nowMs: number) => Promise<Record<string, string>>;

/** What the signature is made with, of Node. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  /** @param secret - the key of a keyed hash. `undefined`: it has none. */
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', toBytes(secret));
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
}

function toBytes(secret: string | ArrayBuffer | ArrayBufferView): string | Uint8Array {
  if (typeof secret === 'string') return secret;
  return ArrayBuffer.isView(secret)
    ? new Uint8Array(secret.buffer, secret.byteOffset, secret.byteLength)
    : new Uint8Array(secret);
}

/**
 * Makes a signer for POST requests to Bedrock (docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
 *
 * @param region - the one whose host the requests go to.
 */
export function createSigner({ accessKeyId, secretAccessKey, sessionToken }: AccessKey, region: string): SignRequest {
  const signer = new SignatureV4({
    service: 'bedrock',
    region,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
    sha256: Sha256,
    // Only Glacier and S3 want the checksum of the body in a header.
    applyChecksum: false,
  });
  return async ({ url, headers, body }, nowMs) => {
    const { protocol, hostname, host, pathname } = new URL(url);
    const signed = await signer.sign(
      // The path is signed as it is sent, percent signs and all, encoded once more.
      { method: 'POST', protocol, hostname, path: pathname, query: {}, headers: { ...headers, host }, body },
      { signingDate: new Date(nowMs) },
    );
    // The client of HTTP sets the host itself.
    const { host: _, ...others } = signed.headers;
    return others;
  };
}
