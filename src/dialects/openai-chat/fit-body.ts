import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { createRefusal } from '../refusal.ts';
import { fitToModel } from './fit-to-model.ts';
import { leaveOut } from './leave-out.ts';
import type { OpenAiChatQuirks } from './quirks.ts';
import { shortenToolCallIds } from './shorten-tool-call-ids.ts';

/** How many characters of a field's name a warning has: names can be the client's. */
const maxNamedChars = 100;

/**
 * Fits a body in OpenAI's form to what a provider takes. The last step of encoding.
 *
 * @param body - changed in place.
 * @throws SignalboxError REQUEST_UNSUPPORTED where the provider does not take what cannot be left out.
 * @returns what was left out or changed in meaning, one sentence each.
 */
export function fitBody(body: JsonObject, quirks: OpenAiChatQuirks): string[] {
  const messages = Array.isArray(body['messages']) ? body['messages'] : [];
  if (quirks.developerRole !== undefined) renameDeveloper(messages, quirks.developerRole);
  if (quirks.toolCallIds === 'nine-characters') shortenToolCallIds(messages);
  if (quirks.seedField !== undefined) rename(body, 'seed', quirks.seedField);
  const warnings = [
    ...fitTemperature(body, quirks),
    ...fitRepetitionPenalty(body, quirks),
    ...fitTools(body, quirks),
    ...fitToolChoice(body, quirks),
    ...fitWebSearch(body, quirks),
    ...fitJsonSchema(body, messages, quirks),
  ];
  const ofModel = fitToModel(body, messages, quirks);
  const leftOut = [...leaveOutRefused(body, quirks), ...leaveOutUnknown(body, messages, quirks)];
  return [...warnings, ...ofModel, ...leftOut.map((field) => `${field} was left out: the provider does not take it.`)];
}

function renameDeveloper(messages: readonly JsonValue[], role: string): void {
  for (const message of messages) {
    if (isJsonObject(message) && message['role'] === 'developer') message['role'] = role;
  }
}

function rename(body: JsonObject, from: string, to: string): void {
  const value = body[from];
  if (value === undefined) return;
  delete body[from];
  body[to] ??= value;
}

function fitTemperature(body: JsonObject, { maxTemperature = Infinity }: OpenAiChatQuirks): string[] {
  const { temperature } = body;
  if (typeof temperature !== 'number' || temperature <= maxTemperature) return [];
  body['temperature'] = maxTemperature;
  return [`temperature ${temperature} was sent as ${maxTemperature}: the provider takes no higher one.`];
}

/** No field of OpenAI's, which would refuse it, but one of a router's: it goes only to who is known to have it. */
function fitRepetitionPenalty(body: JsonObject, { repetitionPenaltyField }: OpenAiChatQuirks): string[] {
  const field = 'repetition_penalty';
  if (body[field] === undefined || repetitionPenaltyField === field) return [];
  if (repetitionPenaltyField !== undefined) {
    rename(body, field, repetitionPenaltyField);
    return [];
  }
  delete body[field];
  return [`${field} was left out: the provider does not have it.`];
}

/** No tools and no choice of them mean the same. */
function fitTools(body: JsonObject, { takesTools = true }: OpenAiChatQuirks): string[] {
  if (takesTools || body['tools'] === undefined) return [];
  if (body['tool_choice'] !== 'none') {
    throw createRefusal('tools', 'The provider does not take tools. Leave them out, or name a model that takes them.');
  }
  delete body['tools'];
  delete body['tool_choice'];
  return [];
}

function fitToolChoice(body: JsonObject, { toolChoices }: OpenAiChatQuirks): string[] {
  const choice = body['tool_choice'];
  if (toolChoices === undefined || choice === undefined || toolChoices.some((mode) => mode === choice)) return [];
  delete body['tool_choice'];
  if (choice === 'none') {
    // No tools and no choice of them mean the same.
    delete body['tools'];
    return [];
  }
  if (choice === 'auto') return [`tool_choice was left out: the provider only takes ${toolChoices.join(' and ')}.`];
  throw createRefusal(
    'tool_choice',
    `The provider cannot be made to call a tool: its tool_choice is only ${toolChoices.join(' or ')}. Use one of these, or name another model.`,
  );
}

function fitWebSearch(body: JsonObject, { webSearch }: OpenAiChatQuirks): string[] {
  const options = body['web_search_options'];
  if (webSearch === undefined || options === undefined) return [];
  const model = typeof body['model'] === 'string' ? body['model'] : '';
  const way = webSearch.find(({ models }) => models.test(model))?.as;
  delete body['web_search_options'];
  if (way === undefined) return ['web_search_options was left out: the model cannot search the web.'];
  if (way === 'browser_search') body['tools'] = [...(Array.isArray(body['tools']) ? body['tools'] : []), { type: way }];
  const fields = isJsonObject(options) ? Object.keys(options) : [];
  return fields.map((field) =>
    `web_search_options.${field} was left out: the provider does not take it.`.slice(0, 200),
  );
}

/** JSON alone is asked for, and the schema told as text: which is what such providers advise. */
function fitJsonSchema(body: JsonObject, messages: JsonValue[], { jsonSchema }: OpenAiChatQuirks): string[] {
  const format = body['response_format'];
  if (jsonSchema !== 'described' || !isJsonObject(format) || format['type'] !== 'json_schema') return [];
  const schema = isJsonObject(format['json_schema']) ? format['json_schema']['schema'] : undefined;
  body['response_format'] = { type: 'json_object' };
  const content = `Answer with JSON only, which fits this JSON Schema: ${JSON.stringify(schema ?? {})}`;
  messages.unshift({ role: 'system', content });
  return ['response_format.json_schema was told to the model as text: the provider does not hold answers to a schema.'];
}

function leaveOutRefused(body: JsonObject, { leavesOut = [] }: OpenAiChatQuirks): string[] {
  return leavesOut.filter((path) => leaveOut(body, path));
}

function leaveOutUnknown(body: JsonObject, messages: readonly JsonValue[], { takesOnly }: OpenAiChatQuirks): string[] {
  if (takesOnly === undefined) return [];
  const ofBody = leaveOutOthers(body, takesOnly.body);
  const ofMessages = messages.filter(isJsonObject).flatMap((message) => leaveOutOthers(message, takesOnly.messages));
  return [...ofBody, ...new Set(ofMessages.map((field) => `messages.${field}`))].map((field) =>
    field.slice(0, maxNamedChars),
  );
}

function leaveOutOthers(json: JsonObject, taken: readonly string[]): string[] {
  const others = Object.keys(json).filter((key) => !taken.includes(key));
  for (const key of others) delete json[key];
  return others;
}
