import type { ProviderSettings } from '../provider.ts';

/** What calls to Bedrock are authorised with. */
export type BedrockCredentials =
  /** A key of Bedrock's own, sent as it is. */
  | { readonly kind: 'bearer'; readonly token: string }
  /** An access key, with which each call is signed. */
  | ({ readonly kind: 'access-key' } & AccessKey);

/** An access key: docs.aws.amazon.com/IAM/latest/UserGuide/security-creds-programmatic-access.html. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of a key that is valid for a time. */
  readonly sessionToken: string | undefined;
}

/** Reads the credentials of a provider: a key of Bedrock's own goes first, as in Amazon's SDKs. `undefined`: there are none. */
export function readCredentials({ apiKey, options = {} }: ProviderSettings): BedrockCredentials | undefined {
  if (apiKey !== undefined) return { kind: 'bearer', token: apiKey };
  const { access_key_id: accessKeyId, secret_access_key: secretAccessKey, session_token: sessionToken } = options;
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  return { kind: 'access-key', accessKeyId, secretAccessKey, sessionToken };
}

/** What of an access key no client may see, by its names. */
export function secretsOf(credentials: BedrockCredentials | undefined): Readonly<Record<string, string>> {
  if (credentials?.kind !== 'access-key') return {};
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
}
