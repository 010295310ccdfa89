import type { ProviderSettings } from '../provider.ts';
import { readCredentialsFile } from './credentials-file.ts';

/** Where Vertex AI answers for the location `global`, and for keys of express mode. */
export const globalBaseUrl = 'https://aiplatform.googleapis.com/v1';

/** Takes calls from everywhere, and has every model that is not bound to a region: cloud.google.com/vertex-ai/generative-ai/docs/learn/locations. */
const defaultLocation = 'global';

/** Locations are labels of host names (RFC 1035 §2.3.1): nothing else may get into one. */
const locationPattern = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Whether a text can be a location. */
export function isLocation(text: string): boolean {
  return locationPattern.test(text);
}

/**
 * The project that calls are made in: as configured, or that of the service account in the file of credentials.
 *
 * @throws CredentialsFileError when that file is needed and cannot be used.
 */
export function findProject({ apiKey, options = {} }: ProviderSettings): string | undefined {
  const { project, access_token: token, credentials_file: path } = options;
  const usesFile = path !== undefined && apiKey === undefined && token === undefined;
  const credentials = usesFile ? readCredentialsFile(path) : undefined;
  return project ?? credentials?.project;
}

/**
 * What stands before a model's path in a URL.
 *
 * @param project - `undefined` with a key of express mode, which tells the project itself: cloud.google.com/vertex-ai/generative-ai/docs/start/express-mode/overview.
 */
export function placeUrl({ baseUrl, options = {} }: ProviderSettings, project: string | undefined): string {
  const location = options['location'] ?? defaultLocation;
  if (project === undefined) return baseUrl;
  // The default stands for the location's own host.
  const base = baseUrl === globalBaseUrl ? regionalBaseUrl(location) : baseUrl;
  return `${base}/projects/${encodeURIComponent(project)}/locations/${encodeURIComponent(location)}`;
}

/** cloud.google.com/vertex-ai/generative-ai/docs/learn/locations; the two multi-regions have hosts of another form. */
function regionalBaseUrl(location: string): string {
  if (location === 'global') return globalBaseUrl;
  if (location === 'us' || location === 'eu') return `https://aiplatform.${location}.rep.googleapis.com/v1`;
  return `https://${location}-aiplatform.googleapis.com/v1`;
}
