/**
 * Writes the tables of docs/providers.md from the registry: `node scripts/generate-provider-docs.ts`. The text around the tables is
 * written by hand and stays. A test holds that the tables are current.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { systemClock } from '../src/core/clock.ts';
import type { OpenAiChatQuirks } from '../src/dialects/openai-chat/quirks.ts';
import type { ErrorRule } from '../src/providers/error-rule.ts';
import { isOpenAiChatKind, type OpenAiChatKind } from '../src/providers/openai-chat-kind.ts';
import type { ProviderKind } from '../src/providers/provider.ts';
import { providerKinds } from '../src/providers/registry.ts';
import { UpstreamClient } from '../src/upstream/upstream-client.ts';
import { probeSupport, supportFeatures } from './probe-support.ts';

/** The page, wherever the script is started. */
export const providersPageUrl = new URL('../docs/providers.md', import.meta.url);

const openAiChatKinds = providerKinds.filter(isOpenAiChatKind);

/**
 * Replaces the generated parts of the page.
 *
 * @param page - the page, with a line `<!-- generated: NAME -->` before each part and `<!-- end -->` after it.
 * @throws Error when a part is missing or not known.
 */
export function generateProviderDocs(page: string): string {
  const parts = new Map([
    ['kinds', createKindTable()],
    ['support', createSupportTable()],
    ['requests', createRequestTable()],
    ['reasoning', createReasoningTable()],
    ['errors', createErrorTable()],
  ]);
  const result = page.replaceAll(/(<!-- generated: (\w+) -->\n).*?(<!-- end -->)/gs, (_, start, name, end) => {
    const part = parts.get(name);
    if (part === undefined) throw new Error(`The page has a part "${name}", which nothing makes.`);
    parts.delete(name);
    return `${start}\n${part}\n\n${end}`;
  });
  if (parts.size > 0) throw new Error(`The page lacks the parts ${[...parts.keys()].join(', ')}.`);
  return result;
}

function createKindTable(): string {
  return createTable(
    ['Kind', 'Speaks', 'Base URL', 'Key', 'Without configuration'],
    providerKinds.map((kind) => [
      [kind.kind, ...(kind.aliases ?? [])].map(code).join(', '),
      describeDialect(kind),
      describeBaseUrl(kind),
      describeKey(kind),
      describePresence(kind),
    ]),
  );
}

/** The dialect is what a provider says of itself, so that one is made of each kind. None of them does anything before it is called. */
function describeDialect(kind: ProviderKind): string {
  const upstream = new UpstreamClient({
    connectTimeoutMs: 1000,
    headersTimeoutMs: 1000,
    idleTimeoutMs: 1000,
    maxConnectionsPerOrigin: 1,
    keepAliveMs: 1000,
    maxHeaderBytes: 1024,
    maxBufferedBytes: 1024,
  });
  const settings = {
    apiKey: 'a-key-of-the-documents',
    baseUrl: kind.baseUrl ?? 'https://example.com',
    headers: {},
    maxReplyBytes: 1024,
    maxEventBytes: 1024,
    finishTimeoutMs: 1000,
  };
  const { dialect } = kind.create(kind.kind, settings, { upstream, clock: systemClock });
  if (dialect === 'none') return '';
  return isOpenAiChatKind(kind) ? `[${dialect}](https://${kind.documentation})` : dialect;
}

function describeBaseUrl({ baseUrl, baseUrlVariable }: ProviderKind): string {
  if (baseUrlVariable !== undefined) return `${code(baseUrlVariable)} or \`base_url\``;
  if (baseUrl === undefined) return '`base_url` is required';
  return baseUrl === '' ? 'in this process' : code(baseUrl);
}

function describeKey({ apiKeyVariable, otherKeyVariables = [] }: ProviderKind): string {
  return apiKeyVariable === undefined
    ? 'none is required'
    : [apiKeyVariable, ...otherKeyVariables].map(code).join(', ');
}

function describePresence({ builtIn, isLocal, apiKeyVariable, baseUrl, findMissing }: ProviderKind): string {
  if (isLocal === true) return 'there when it runs at the start';
  if (findMissing !== undefined) return 'there, live with its credentials';
  if (!builtIn) return 'not there';
  if (apiKeyVariable === undefined) return 'there, live';
  return baseUrl === undefined ? 'there, live with its key and URL' : 'there, live with its key';
}

function createSupportTable(): string {
  // A provider in this process has no address, and encodes nothing.
  const kinds = providerKinds.filter(({ baseUrl }) => baseUrl !== '');
  return createTable(
    ['Kind', 'Model', ...supportFeatures],
    kinds.map(probeSupport).map(({ kind, model, cells }) => [code(kind), code(model), ...cells]),
  );
}

function createRequestTable(): string {
  return createTable(
    [
      'Kind',
      'Token limit',
      'Prompt caching',
      '`repetition_penalty`',
      '`developer`',
      'Left out, with a warning',
      'Otherwise',
    ],
    openAiChatKinds.map(({ kind, quirks }) => [
      code(kind),
      quirks.tokenLimitField === 'as-sent' ? 'as sent' : code(quirks.tokenLimitField),
      quirks.sendsCacheControl ? '`cache_control` is sent' : 'on its own',
      quirks.repetitionPenaltyField === undefined ? 'left out' : code(quirks.repetitionPenaltyField),
      quirks.developerRole === undefined ? 'as sent' : code(quirks.developerRole),
      describeLeftOut(quirks),
      describeRest(quirks),
    ]),
  );
}

function describeLeftOut({ leavesOut = [], modelRules = [], takesOnly }: OpenAiChatQuirks): string {
  const fields = new Set(modelRules.flatMap((rule) => rule.leavesOut));
  const ofModels = fields.size === 0 ? [] : [`${[...fields].map(code).join(', ')} for some models`];
  const unknown = takesOnly === undefined ? [] : ['every field that the provider does not document'];
  return [leavesOut.map(code).join(', '), ...ofModels, ...unknown].filter((text) => text !== '').join('; ');
}

function describeRest(quirks: OpenAiChatQuirks): string {
  const { maxTemperature, seedField, takesTools, toolChoices, webSearch, jsonSchema, toolCallIds } = quirks;
  return [
    takesTools === false ? '`tools` are refused' : '',
    maxTemperature === undefined ? '' : `\`temperature\` up to ${maxTemperature}`,
    seedField === undefined ? '' : `\`seed\` as ${code(seedField)}`,
    toolChoices === undefined ? '' : `\`tool_choice\` only ${toolChoices.map(code).join(' and ')}`,
    webSearch === undefined ? '' : `${code('web_search_options')} for some models, in the provider’s own terms`,
    jsonSchema === 'described' ? 'a JSON Schema is told as text' : '',
    toolCallIds === 'nine-characters' ? 'ids of tool calls have nine characters' : '',
  ]
    .filter((text) => text !== '')
    .join('; ');
}

const reasoningControls = {
  effort: '`reasoning_effort`',
  object: '`reasoning.effort` or `reasoning.max_tokens`',
  thinking: '`thinking.type` and `reasoning_effort`',
  'enable-thinking': '`enable_thinking` and `thinking_budget`',
} as const;

function createReasoningTable(): string {
  return createTable(
    ['Kind', 'Asked for with', 'Efforts under other names', 'Reasoning of earlier messages'],
    openAiChatKinds.map(({ kind, quirks }) => [
      code(kind),
      reasoningControls[quirks.reasoningControl ?? 'effort'],
      Object.entries(quirks.effortNames ?? {})
        .map(([effort, name]) => `${code(effort)}: ${name === null ? 'left out' : code(name)}`)
        .join(', '),
      describeEarlierReasoning(quirks),
    ]),
  );
}

function describeEarlierReasoning({
  reasoningField,
  reasoningGoesWith,
  sendsReasoningDetails,
}: OpenAiChatQuirks): string {
  if (reasoningField === undefined) return 'left out';
  const place = reasoningField === 'thinking-part' ? 'as a part of type `thinking`' : `as ${code(reasoningField)}`;
  const details = sendsReasoningDetails === true ? ', and `reasoning_details`' : '';
  return reasoningGoesWith === 'tool-calls' ? `${place}, with tool calls` : `${place}${details}`;
}

const meanings = {
  CONTEXT_TOO_LONG: 'the context is too long',
  CONTENT_REFUSED: 'the content is refused',
  PROVIDER_CREDENTIALS: 'the operator’s key is refused',
  PROVIDER_RATE_LIMITED: 'a rate limit',
  PROVIDER_FAILED: 'the provider’s own failure',
} as const;

function createErrorTable(): string {
  return createTable(
    ['Kind', 'Answer', 'Means'],
    openAiChatKinds.flatMap(({ kind, errorRules }: OpenAiChatKind) =>
      errorRules.map((rule) => [code(kind), describeCondition(rule), meanings[rule.means]]),
    ),
  );
}

function describeCondition({ status, code: errorCode, type, message }: ErrorRule): string {
  return [
    status === undefined ? '' : `HTTP ${status}`,
    errorCode === undefined ? '' : `code ${code(errorCode)}`,
    type === undefined ? '' : `type ${code(type)}`,
    message === undefined ? '' : `message ${code(`/${message.source}/${message.flags}`)}`,
  ]
    .filter((text) => text !== '')
    .join(', ');
}

function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``;
}

function createTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return lines.join('\n');
}

if (import.meta.main) writeFileSync(providersPageUrl, generateProviderDocs(readFileSync(providersPageUrl, 'utf8')));
