import type { ImageFetchOptions } from '../../upstream/fetch-image.ts';
import type { ProviderKind, ProviderSettings } from '../provider.ts';
import { createBedrockProvider } from './bedrock-provider.ts';
import { readCredentials } from './credentials.ts';

/** Amazon Bedrock: docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html. */
export const bedrock: ProviderKind = createBedrock();

/** What names of regions are made of: they become part of the host's name. */
const regionPattern = /^[a-z0-9-]{1,64}$/;

/**
 * Makes the kind.
 *
 * Its credentials are a key of Bedrock's own, or an access key with which calls are signed, from the configuration or the variables that
 * Amazon's own tools read. Profiles in files, roles of machines and containers, and signing in are not read.
 *
 * @param imageOptions - what differs from the way in which images are fetched: for tests.
 */
export function createBedrock(imageOptions?: Partial<ImageFetchOptions>): ProviderKind {
  return {
    kind: 'bedrock',
    // docs.aws.amazon.com/general/latest/gr/bedrock.html.
    baseUrl: 'https://bedrock-runtime.{region}.amazonaws.com',
    // docs.aws.amazon.com/bedrock/latest/userguide/api-keys-use.html.
    apiKeyVariable: 'AWS_BEARER_TOKEN_BEDROCK',
    // docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html.
    options: [
      { name: 'region', variable: 'AWS_REGION', otherVariables: ['AWS_DEFAULT_REGION'] },
      { name: 'access_key_id', variable: 'AWS_ACCESS_KEY_ID', isSecret: true },
      { name: 'secret_access_key', variable: 'AWS_SECRET_ACCESS_KEY', isSecret: true },
      { name: 'session_token', variable: 'AWS_SESSION_TOKEN', isSecret: true },
    ],
    builtIn: true,
    findMissing,
    create: (id, settings, dependencies) => {
      const { region = '' } = settings.options ?? {};
      const baseUrl = settings.baseUrl.replace('{region}', region);
      return createBedrockProvider({ id, settings: { ...settings, baseUrl }, region, imageOptions }, dependencies);
    },
  };
}

function findMissing(id: string, settings: ProviderSettings): string | undefined {
  const credentials = readCredentials(settings);
  if (credentials === undefined) {
    return `set the environment variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_BEARER_TOKEN_BEDROCK, or the same under providers.${id} in the configuration`;
  }
  const { region } = settings.options ?? {};
  const needsRegion = credentials.kind === 'access-key' || settings.baseUrl.includes('{region}');
  if (!needsRegion || (region !== undefined && regionPattern.test(region))) return undefined;
  return `set the environment variable AWS_REGION, or providers.${id}.options.region, to a region such as us-east-1`;
}
