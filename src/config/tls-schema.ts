import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { resolve } from 'node:path';
import { z } from 'zod';
import { Secret } from '../core/secret.ts';
import type { ConfigSources } from './config-sources.ts';
import { describeReadProblem } from './read-bounded-file.ts';
import { keyDescriptions } from './reference.ts';
import { escapeControls } from './show-name.ts';

/** A chain of a dozen certificates has some 30 KB. */
const maxPemBytes = 1024 * 1024;
const maxPathLength = 4096;

/** A path to a file or folder. It may not hold a NUL, which ends a path for the system. */
export const pathSchema = z
  .string()
  .min(1)
  .max(maxPathLength)
  .refine((path) => !path.includes('\0'), 'A path cannot hold a NUL character.');

/** The section `server.tls`. Both files are read here, so that a wrong one shows before anything listens. */
export function tlsSchema({ baseFolder, readFile }: ConfigSources) {
  const pemFile = (description: string) =>
    pathSchema
      .transform((path, context) => {
        const file = resolve(baseFolder, path);
        const pem = readPem(file, readFile);
        if (typeof pem === 'string') {
          context.addIssue(pem);
          return z.NEVER;
        }
        return { file, pem };
      })
      .register(keyDescriptions, {
        typeText: 'path',
        description,
        bounds: `up to ${maxPathLength} characters; a file of up to ${maxPemBytes} bytes`,
      });
  return z
    .strictObject({
      cert_file: pemFile('The certificate and its chain, as PEM, its own first.'),
      key_file: pemFile("The certificate's private key, as PEM, not encrypted."),
    })
    .register(keyDescriptions, {
      description:
        'With a certificate the port speaks TLS alone, HTTP/1.1 and HTTP/2. The files are read at the start.',
    })
    .transform(({ cert_file, key_file }, context) => {
      const cert = cert_file.pem.reveal();
      const problem = findPairProblem(cert, key_file.pem.reveal());
      if (problem !== undefined) {
        context.addIssue({ code: 'custom', ...problem });
        return z.NEVER;
      }
      return { cert_file: cert_file.file, key_file: key_file.file, cert_pem: cert, key_pem: key_file.pem };
    });
}

/** @returns a sentence when the file cannot be read. */
function readPem(file: string, readFile: ConfigSources['readFile']): Secret | string {
  let content: Uint8Array;
  try {
    content = readFile(file, maxPemBytes);
  } catch (thrown) {
    return `The file ${escapeControls(file)} cannot be read: ${describeReadProblem(thrown)}.`;
  }
  if (content.length > maxPemBytes)
    return `The file ${escapeControls(file)} is longer than ${maxPemBytes} bytes. Name a PEM file.`;
  return new Secret(Buffer.from(content).toString('latin1'));
}

/** What is wrong with a certificate and a key, and which of the two keys of the section is to blame. */
function findPairProblem(certPem: string, keyPem: string): { path: string[]; message: string } | undefined {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(certPem);
  } catch {
    return { path: ['cert_file'], message: 'The file holds no certificate in PEM form.' };
  }
  let key: KeyObject;
  try {
    key = createPrivateKey(keyPem);
  } catch {
    return { path: ['key_file'], message: 'The file holds no private key in PEM form, or an encrypted one.' };
  }
  if (certificate.checkPrivateKey(key)) return undefined;
  return { path: ['key_file'], message: 'The private key does not belong to the certificate in cert_file.' };
}
