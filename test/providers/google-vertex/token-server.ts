import { generateKeyPairSync, verify } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFakeUpstream, type FakeUpstream } from '../../support/fake-upstream.ts';

/** The key of a service account that exists only here. */
const account = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

/** What the file of a service account holds. */
export const serviceAccount = {
  type: 'service_account',
  project_id: 'project-of-the-account',
  private_key_id: 'key-1',
  private_key: account.privateKey,
  client_email: 'gateway@project.iam.gserviceaccount.com',
  client_id: '1',
  // Not where tokens are asked for: a file must not be able to send its own assertions elsewhere.
  token_uri: 'http://127.0.0.1:1/token',
};

/** What the file of a person's own credentials holds. */
export const authorizedUser = {
  type: 'authorized_user',
  client_id: 'client.apps.googleusercontent.com',
  client_secret: 'the-secret-of-the-client',
  refresh_token: '1//the-refresh-token',
  quota_project_id: 'project-that-pays',
};

/** A server in the place of Google's token server, and a folder for files of credentials. */
export interface TokenServer {
  readonly server: FakeUpstream;
  /** Takes what is meant for Google's token server to this one. */
  readonly fetch: typeof globalThis.fetch;
  /** Where requests were meant to go. */
  readonly urls: readonly string[];
  readonly folder: string;
  /** Writes a file of credentials into the folder, and gives its path. */
  writeFile(content: unknown, name?: string): string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts one on the loopback interface. */
export async function openTokenServer(): Promise<TokenServer> {
  const server = await createFakeUpstream();
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-vertex-'));
  const urls: string[] = [];
  return {
    server,
    folder,
    urls,
    fetch(input, init) {
      const url = input instanceof Request ? input.url : String(input);
      urls.push(url);
      return globalThis.fetch(server.origin + new URL(url).pathname, init);
    },
    writeFile(content, name = 'credentials.json') {
      const path = join(folder, name);
      writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
      return path;
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Checks the signature of a service account's assertion (RFC 7523), and gives its header and its claims. */
export function openAssertion(assertion: string): { header: unknown; claims: unknown } {
  const [header = '', claims = '', signature = ''] = assertion.split('.');
  const isValid = verify(
    'RSA-SHA256',
    Buffer.from(`${header}.${claims}`),
    account.publicKey,
    Buffer.from(signature, 'base64url'),
  );
  if (!isValid) throw new Error('the assertion has a wrong signature');
  const parse = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  return { header: parse(header), claims: parse(claims) };
}
