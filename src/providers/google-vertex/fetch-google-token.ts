import type { AuthClient, OAuth2ClientOptions } from 'google-auth-library';
import { createError, type SignalboxError } from '../../core/errors.ts';
import type { AccessToken } from './access-tokens.ts';
import { readCredentialsFile } from './credentials-file.ts';

/** Where a token comes from. */
export interface GoogleTokenSource {
  /** The provider's id. */
  readonly provider: string;
  /** The file of credentials. `undefined`: what gcloud left on this machine, or the metadata server of Google Cloud. */
  readonly credentialsPath: string | undefined;
  readonly project: string;
  /** What requests for tokens go through: for tests. Default: google-auth-library's own. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** cloud.google.com/docs/authentication#scopes: what the account may do is for its roles to say. */
const scopes = ['https://www.googleapis.com/auth/cloud-platform'];

/** The longest answer of a token server, in bytes. Real ones have about 1,200. */
const maxTokenReplyBytes = 64 * 1024;

/** How long a token is used that does not say how long it lasts, in milliseconds. */
const unknownLifetimeMs = 5 * 60_000;

const unusableAnswer = 'the answer of its token server holds no access token';

/**
 * Gets a new token. Credentials are read anew for each, so that a file that was exchanged is found.
 *
 * @param nowMs - Unix time in milliseconds.
 * @throws SignalboxError of an attempt.
 */
export async function fetchGoogleToken(
  source: GoogleTokenSource,
  nowMs: number,
  signal: AbortSignal,
): Promise<AccessToken> {
  const { provider } = source;
  let client: AuthClient;
  let headers: Headers;
  try {
    client = await createClient(source, signal);
    headers = await client.getRequestHeaders();
  } catch (thrown) {
    throw classifyTokenFailure(provider, thrown);
  }
  const { access_token: token, expiry_date: expiresAtMs } = client.credentials;
  if (typeof token !== 'string' || !/^[!-~]+$/.test(token)) {
    throw createError('PROVIDER_UNUSABLE', { provider, problem: unusableAnswer });
  }
  return { headers: Object.fromEntries(headers), expiresAtMs: expiresAtMs ?? nowMs + unknownLifetimeMs };
}

/** A new client for each token: what clients keep, they keep by the machine's clock. The library is loaded when it is first needed. */
async function createClient(
  { credentialsPath, project, fetch }: GoogleTokenSource,
  signal: AbortSignal,
): Promise<AuthClient> {
  const { GoogleAuth, JWT, UserRefreshClient } = await import('google-auth-library');
  const transporterOptions: NonNullable<OAuth2ClientOptions['transporterOptions']> = {
    signal,
    // Credentials go where they are meant for and nowhere else, and once: whether to try again is for routing to say.
    redirect: 'error',
    retryConfig: { retry: 0, noResponseRetries: 0 },
    maxContentLength: maxTokenReplyBytes,
    ...(fetch && { fetchImplementation: fetch }),
  };
  if (credentialsPath === undefined) {
    return new GoogleAuth({ scopes, projectId: project, clientOptions: { transporterOptions } }).getClient();
  }
  const credentials = readCredentialsFile(credentialsPath);
  const quota = credentials.quotaProject === undefined ? {} : { quotaProjectId: credentials.quotaProject };
  switch (credentials.type) {
    case 'service_account': {
      const { email, key, keyId } = credentials;
      return new JWT({ email, key, ...(keyId && { keyId }), scopes, transporterOptions, ...quota });
    }
    case 'authorized_user': {
      const { clientId, clientSecret, refreshToken } = credentials;
      return new UserRefreshClient({ clientId, clientSecret, refreshToken, transporterOptions, ...quota });
    }
  }
}

/**
 * What it means that no token came. Nothing of what was thrown goes on but its words: the library's errors hold the request, and with it
 * credentials.
 */
function classifyTokenFailure(provider: string, thrown: unknown): SignalboxError {
  const cause = new Error(thrown instanceof Error ? thrown.message : String(thrown));
  // The library checks no answer, and stumbles over one that is not what it expects.
  if (thrown instanceof TypeError) {
    return createError('PROVIDER_UNUSABLE', { provider, problem: unusableAnswer }, { cause });
  }
  const status = readStatus(thrown);
  if (status !== undefined && (status >= 500 || status === 408 || status === 429)) {
    const problem = 'its token server gave no access token.';
    return createError('PROVIDER_FAILED', { provider, status, problem }, { cause });
  }
  // The library's error for a request, here without a status, is known by the request that it holds.
  if (status === undefined && thrown instanceof Error && 'config' in thrown) {
    return createError('PROVIDER_UNREACHABLE', { provider, problem: 'its token server gave no answer' }, { cause });
  }
  // What is wrong without an answer is wrong in the credentials themselves, or there are none.
  return createError('PROVIDER_CREDENTIALS', { provider, status: status ?? 401 }, { cause });
}

function readStatus(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || !('status' in thrown)) return undefined;
  return typeof thrown.status === 'number' ? thrown.status : undefined;
}
