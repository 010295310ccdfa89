import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { leaveOut } from './leave-out.ts';
import type { ModelRule, OpenAiChatQuirks } from './quirks.ts';

/**
 * Fits a body to what its model takes, where that differs from what its provider takes.
 *
 * @param body - changed in place.
 * @param messages - those of the body; changed in place.
 * @returns what was left out or changed in meaning, one sentence each.
 */
export function fitToModel(
  body: JsonObject,
  messages: readonly JsonValue[],
  { modelRules = [] }: OpenAiChatQuirks,
): string[] {
  const model = typeof body['model'] === 'string' ? body['model'] : '';
  return modelRules
    .filter(({ models }) => models.test(model))
    .flatMap((rule) => [
      ...renameInstructions(messages, rule),
      ...setUnstreamed(body, rule),
      ...leaveOutOfModel(body, rule).map((field) => `${field} was left out: the model does not take it.`),
    ]);
}

function renameInstructions(messages: readonly JsonValue[], { instructionRole }: ModelRule): string[] {
  if (instructionRole === undefined) return [];
  const instructions = messages.filter(isJsonObject).filter(({ role }) => role === 'system' || role === 'developer');
  for (const message of instructions) message['role'] = instructionRole;
  if (instructions.length === 0) return [];
  return [`Instructions were sent with the role ${instructionRole}: the model has no other role for them.`];
}

function setUnstreamed(body: JsonObject, { unstreamed = {} }: ModelRule): string[] {
  if (body['stream'] === true) return [];
  return Object.entries(unstreamed).flatMap(([field, value]) => {
    const wanted = body[field];
    body[field] = value;
    if (wanted === undefined || wanted === value) return [];
    return [`${field} was sent as ${JSON.stringify(value)}: the model takes it otherwise only in a stream.`];
  });
}

function leaveOutOfModel(body: JsonObject, { leavesOut, fixedValues = {}, isWhileReasoning }: ModelRule): string[] {
  const effort = body['reasoning_effort'];
  if (isWhileReasoning === true && (effort === undefined || effort === 'none')) return [];
  const fixed = new Map(Object.entries(fixedValues));
  return leavesOut.filter((path) => !(fixed.has(path) && fixed.get(path) === body[path]) && leaveOut(body, path));
}
