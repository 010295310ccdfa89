import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cwd, load, problemsOf } from './load-fixture.ts';

const folder = join(import.meta.dirname, '../fixtures/tls');
const cert = readFileSync(join(folder, 'cert.pem'), 'utf8');
const key = readFileSync(join(folder, 'key.pem'), 'utf8');
const file = 'server: { tls: { cert_file: tls/cert.pem, key_file: /etc/key.pem } }';
const certPath = `${cwd}/tls/cert.pem`;
const keyPath = '/etc/key.pem';

describe('server.tls', () => {
  test('reads both files, and keeps the key secret', () => {
    const { tls } = load({ file, files: { [certPath]: cert, [keyPath]: key } }).server;
    expect(tls).toMatchObject({ certFile: certPath, keyFile: keyPath, certPem: cert });
    expect(tls?.keyPem.reveal()).toBe(key);
    expect(JSON.stringify(tls)).not.toContain('PRIVATE');
  });

  test('takes a chain', () => {
    const chain = `${cert}\n${cert}`;
    const { tls } = load({ file, files: { [certPath]: chain, [keyPath]: key } }).server;
    expect(new X509Certificate(tls?.certPem ?? '').checkPrivateKey).toBeTypeOf('function');
    expect(tls?.certPem).toBe(chain);
  });

  const otherKey = generateKeyPairSync('ec', {
    namedCurve: 'prime256v1',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }).privateKey;
  const encryptedKey = generateKeyPairSync('ec', {
    namedCurve: 'prime256v1',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' },
  }).privateKey;

  test.each([
    [
      'a file is not there',
      { [certPath]: cert },
      `key_file: The file ${keyPath} cannot be read: there is no such file.`,
    ],
    [
      'a file may not be read',
      { [certPath]: { code: 'EACCES' }, [keyPath]: key },
      `cert_file: The file ${certPath} cannot be read: this user may not read it.`,
    ],
    [
      'a file is far too long',
      { [certPath]: new Uint8Array(1024 * 1024 + 1), [keyPath]: key },
      `cert_file: The file ${certPath} is longer than 1048576 bytes. Name a PEM file.`,
    ],
    ['a file is empty', { [certPath]: '', [keyPath]: key }, 'cert_file: The file holds no certificate in PEM form.'],
    [
      'the files are swapped',
      { [certPath]: key, [keyPath]: cert },
      'cert_file: The file holds no certificate in PEM form.',
    ],
    [
      'the key is none',
      { [certPath]: cert, [keyPath]: cert },
      'key_file: The file holds no private key in PEM form, or an encrypted one.',
    ],
    [
      'the key is encrypted',
      { [certPath]: cert, [keyPath]: encryptedKey },
      'key_file: The file holds no private key in PEM form, or an encrypted one.',
    ],
    [
      'the key is of another certificate',
      { [certPath]: cert, [keyPath]: otherKey },
      'key_file: The private key does not belong to the certificate in cert_file.',
    ],
  ])('is refused when %s', (_, files, problem) => {
    expect(problemsOf({ file, files })).toEqual([`signalbox.yaml:1: server.tls.${problem}`]);
  });

  test('needs both files', () => {
    expect(problemsOf({ file: 'server: { tls: {} }' })).toEqual([
      'signalbox.yaml:1: server.tls.cert_file: It is missing.',
      'signalbox.yaml:1: server.tls.key_file: It is missing.',
    ]);
  });
});
