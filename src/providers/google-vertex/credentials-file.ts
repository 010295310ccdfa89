import { readFileSync, statSync } from 'node:fs';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';

/** What a file of Google's credentials holds, by its type: cloud.google.com/docs/authentication/application-default-credentials. */
export type GoogleCredentials =
  | {
      readonly type: 'service_account';
      readonly email: string;
      readonly key: string;
      readonly keyId: string | undefined;
      readonly project: string | undefined;
      readonly quotaProject: string | undefined;
    }
  | {
      readonly type: 'authorized_user';
      readonly clientId: string;
      readonly clientSecret: string;
      readonly refreshToken: string;
      readonly project: undefined;
      readonly quotaProject: string | undefined;
    };

/** What is wrong with a file of credentials. Its message is the end of a sentence, without a full stop and without the path. */
export class CredentialsFileError extends Error {
  override readonly name = 'CredentialsFileError';
}

/** The longest file that is read, in bytes. Real ones have about 2,400. */
const maxFileBytes = 64 * 1024;

/**
 * Reads a file of credentials.
 *
 * @param path - relative ones start at the working directory, as in Google's own libraries.
 * @throws CredentialsFileError
 */
export function readCredentialsFile(path: string): GoogleCredentials {
  return decodeCredentials(parse(read(path)));
}

function read(path: string): string {
  try {
    const stats = statSync(path);
    if (!stats.isFile()) throw new CredentialsFileError('it is not a file');
    if (stats.size > maxFileBytes) throw new CredentialsFileError(`it is larger than ${maxFileBytes} bytes`);
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    if (thrown instanceof CredentialsFileError) throw thrown;
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
    const isMissing = code === 'ENOENT' || code === 'ENOTDIR';
    throw new CredentialsFileError(isMissing ? 'there is no such file' : 'it cannot be read');
  }
}

/** Says nothing of what stands in the file: the parser's own words can hold a part of it. */
function parse(text: string): JsonObject {
  let json: JsonValue;
  try {
    json = JSON.parse(text);
  } catch {
    throw new CredentialsFileError('it is not JSON');
  }
  if (!isJsonObject(json)) throw new CredentialsFileError('it is not a JSON object');
  return json;
}

function decodeCredentials(json: JsonObject): GoogleCredentials {
  const { type } = json;
  const quotaProject = find(json, 'quota_project_id');
  switch (type) {
    case 'service_account':
      return {
        type,
        email: require(json, 'client_email'),
        key: require(json, 'private_key'),
        keyId: find(json, 'private_key_id'),
        project: find(json, 'project_id'),
        quotaProject,
      };
    case 'authorized_user':
      return {
        type,
        clientId: require(json, 'client_id'),
        clientSecret: require(json, 'client_secret'),
        refreshToken: require(json, 'refresh_token'),
        project: undefined,
        quotaProject,
      };
    default:
      throw new CredentialsFileError('its type is neither service_account nor authorized_user');
  }
}

function require(json: JsonObject, key: string): string {
  const value = find(json, key);
  if (value === undefined) throw new CredentialsFileError(`it has no ${key}`);
  return value;
}

function find(json: JsonObject, key: string): string | undefined {
  const value = json[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
