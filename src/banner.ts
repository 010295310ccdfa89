import type { AddressInfo } from 'node:net';
import type { Config } from './config/config.ts';
import { apiKeyVariable } from './config/environment.ts';
import type { ProviderDirectory } from './providers/provider-directory.ts';

/** What a banner tells. */
export interface BannerOptions {
  readonly version: string;
  readonly address: AddressInfo;
  readonly tls: boolean;
  readonly providers: ProviderDirectory;
  /** The file that was read. `undefined`: none. */
  readonly configFile: string | undefined;
  /** The key that was made at this first start, shown this once. `undefined`: there was a key already. */
  readonly firstKey: string | undefined;
  /** The keys of the configuration and the environment. */
  readonly keys: Config['keys'];
}

/** The text that a person sees at the start: where the server is, with what, and lines to paste. */
export function createBanner(options: BannerOptions): string {
  const { version, firstKey } = options;
  const baseUrl = createBaseUrl(options);
  const lines = [
    `Signalbox ${version} listens on ${baseUrl}`,
    `Configuration: ${options.configFile ?? 'defaults (no signalbox.yaml)'}`,
    '',
    'Providers',
    ...describeProviders(options.providers),
    '',
    ...(firstKey === undefined ? [] : ['A key was made. It is shown this once:', `  ${firstKey}`, '']),
    ...createExamples(options, baseUrl),
    '',
  ];
  return `${lines.join('\n')}\n`;
}

/** Where clients reach the server, from this machine. */
export function createBaseUrl({ address, tls }: Pick<BannerOptions, 'address' | 'tls'>): string {
  const isAny = address.address === '0.0.0.0' || address.address === '::';
  const host = isAny ? 'localhost' : address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `${tls ? 'https' : 'http'}://${host}:${address.port}`;
}

/** How wide the list of those that are off is, in characters. */
const listWidth = 96;

/** Those that are live, one a line; the others, of which there are many, in one list. */
function describeProviders(providers: ProviderDirectory): string[] {
  const off = providers.list().flatMap((entry) => (entry.live ? [] : [entry.id]));
  const live = providers.listLiveIds().map((id) => `  ${id}  live`);
  if (off.length === 0) return live;
  const [first] = providers.list().flatMap((entry) => (entry.live ? [] : [entry]));
  return [
    ...live,
    ...wrap(`off: ${off.join(', ')}`),
    `  To make ${first?.id} live, ${first?.live === false ? first.remedy : ''}. The others alike.`,
  ];
}

function wrap(text: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length >= listWidth) {
      lines.push(`  ${line}`);
      line = '    ';
    }
    line = line.trim() === '' ? `${line}${word}` : `${line} ${word}`;
  }
  return [...lines, `  ${line}`];
}

function createExamples(options: BannerOptions, baseUrl: string): string[] {
  const model = options.providers.get('sandbox')?.live === true ? 'sandbox/echo' : 'PROVIDER/MODEL';
  const host = baseUrl.replace(/^https?:\/\//, '');
  const request = `{"model":"${model}","messages":[{"role":"user","content":"Hello!"}]}`;
  return [
    'Try it: paste these lines',
    `  export SIGNALBOX_KEY=${describeKey(options)}`,
    '',
    `  curl ${baseUrl}/v1/chat/completions -H "Authorization: Bearer $SIGNALBOX_KEY" \\`,
    `    -H 'Content-Type: application/json' -d '${request}'`,
    '',
    `  grpcurl ${options.tls ? '' : '-plaintext '}-H "Authorization: Bearer $SIGNALBOX_KEY" -d '${request}' \\`,
    `    ${host} signalbox.chat.v1.ChatService/StreamChatCompletion`,
    '',
    `  node --input-type=module -e 'import OpenAI from "openai";`,
    `    const client = new OpenAI({ baseURL: "${baseUrl}/v1", apiKey: process.env.SIGNALBOX_KEY });`,
    `    console.log((await client.chat.completions.create(${request})).choices[0].message.content)'`,
  ];
}

/** What a person puts into SIGNALBOX_KEY: the new key, what makes one of the variable that holds it, or a word to replace. */
function describeKey({ firstKey, keys }: BannerOptions): string {
  if (firstKey !== undefined) return firstKey;
  const isInEnvironment = keys.some(({ secret }) => secret.variable === apiKeyVariable);
  return isInEnvironment
    ? `$(printf %s "$${apiKeyVariable}" | base64 | tr -d '\\n')`
    : 'YOUR_KEY  # the one that the first start showed, or one of the configuration';
}
