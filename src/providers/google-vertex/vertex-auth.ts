import type { Clock } from '../../core/clock.ts';
import type { ProviderSettings } from '../provider.ts';
import { AccessTokens } from './access-tokens.ts';
import { fetchGoogleToken } from './fetch-google-token.ts';

/** Gives the headers that carry the operator's credentials. The signal ends the wait for them. */
export type AuthHeaders = (signal: AbortSignal) => Promise<Readonly<Record<string, string>>>;

/** What credentials are got with. */
export interface VertexAuthDependencies {
  readonly clock: Clock;
  /** What requests for tokens go through. Default: google-auth-library's own. */
  readonly fetch: typeof globalThis.fetch | undefined;
}

/** How long an access token may take to come, in milliseconds. Google's servers give one in a few hundred. */
const tokenTimeoutMs = 15_000;

/**
 * Finds the credentials that a provider is configured with, the first of: a header `authorization`, an API key, an access token, a file
 * of credentials, and the application default credentials of this machine.
 */
export function createVertexAuth(
  id: string,
  { apiKey, headers, options = {} }: ProviderSettings,
  project: string | undefined,
  { clock, fetch }: VertexAuthDependencies,
): AuthHeaders {
  const fixed = findFixedHeaders(apiKey, options['access_token'], headers);
  if (fixed !== undefined || project === undefined) return async () => fixed ?? {};
  const source = { provider: id, credentialsPath: options['credentials_file'], project, fetch };
  const tokens = new AccessTokens({
    provider: id,
    clock,
    timeoutMs: tokenTimeoutMs,
    fetchToken: (signal) => fetchGoogleToken(source, clock.nowMs(), signal),
  });
  return (signal) => tokens.headers(signal);
}

function findFixedHeaders(
  apiKey: string | undefined,
  accessToken: string | undefined,
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> | undefined {
  if (Object.keys(headers).some((name) => name.toLowerCase() === 'authorization')) return {};
  // cloud.google.com/docs/authentication/api-keys-use#using-with-rest
  if (apiKey !== undefined) return { 'x-goog-api-key': apiKey };
  return accessToken === undefined ? undefined : { authorization: `Bearer ${accessToken}` };
}
