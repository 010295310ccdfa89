import { toJson } from '@bufbuild/protobuf';
import { type Value, ValueSchema } from '@bufbuild/protobuf/wkt';
import { stringify } from 'yaml';
import { ChatCompletionRequestSchema } from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { ContentPart, Message } from '../../gen/signalbox/chat/v1/message_pb.ts';
import type {
  RouteVerdict,
  RoutingExplanation,
  VariantDraw,
} from '../../gen/signalbox/router/v1/routing_explanation_pb.ts';
import { escapeControls } from '../config/show-name.ts';
import { isJsonObject } from '../core/json.ts';
import { formatCandidates } from './format-candidates.ts';
import { formatTable } from './format-table.ts';

/** Tells an explanation as lines for a person. */
export function formatExplanation(explanation: RoutingExplanation): string[] {
  const { reasoning, refusal, routes, variants, messages, warnings } = explanation;
  const isRefused = refusal !== undefined;
  const sections: readonly string[][] = [
    isRefused
      ? [
          `This request would be refused with ${refusal.reason}: ${refusal.message}`,
          ...(refusal.field === undefined ? [] : [`  ${refusal.field}`]),
        ]
      : [],
    reasoning === '' || reasoning === refusal?.message ? [] : [reasoning],
    formatTable(describeChoice(explanation)),
    titled('Routes', routes.flatMap(describeRoute)),
    titled(
      explanation.isRandom ? 'Variants, drawn by chance since the request names no user' : 'Variants',
      formatTable(variants.map(describeVariant)),
    ),
    titled(
      isRefused ? 'Models that were considered' : 'Models, in the order in which they would be tried',
      formatCandidates(explanation),
    ),
    titled(
      isRefused ? 'Messages with the templates filled in' : 'Messages that would be sent',
      messages.flatMap(describeMessage),
    ),
    // What of them a provider cannot do is left out only when its request is made.
    titled("Settings, before the provider's own limits", describeSettings(explanation)),
    titled(
      'Without effect',
      warnings.map((warning) => `! ${warning}`),
    ),
  ];
  return sections
    .filter((section) => section.length > 0)
    .flatMap((section, index) => (index === 0 ? section : ['', ...section]))
    .map((line) => line.replaceAll(/\p{Cc}/gu, escapeControls));
}

function titled(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`.trimEnd())];
}

function describeChoice(explanation: RoutingExplanation): string[][] {
  const { router, routeId, variantId, sort, estimate, firstTokenTimeoutMs } = explanation;
  return [
    ['router', router],
    ['route', routeId],
    ['variant', variantId],
    ['ranked by', sort.length === 0 ? undefined : sort.join(', then ')],
    ['cost', estimate && `for about ${estimate.promptTokens} prompt and ${estimate.completionTokens} answer tokens`],
    ['first token within', firstTokenTimeoutMs === undefined ? undefined : `${firstTokenTimeoutMs} ms`],
  ].flatMap(([name = '', value]) => (value === undefined ? [] : [[name, value]]));
}

function describeRoute(route: RouteVerdict): string[] {
  const { routeId, isTaken, celExpression, error, values } = route;
  const verdict = describeVerdict(route);
  const shown = Object.entries(values).map(([name, value]) => `${name} = ${showValue(value)}`);
  return [
    `${isTaken ? '*' : ' '} ${routeId}: ${verdict}`,
    ...celExpression.split('\n').flatMap((line) => (line.trim() === '' ? [] : [`      ${line}`])),
    ...(error === undefined ? [] : [`      ! ${error}`]),
    ...shown.map((line) => `      ${line}`),
  ];
}

function describeVerdict({ isTaken, celExpression, result, error }: RouteVerdict): string {
  const condition = celExpression === '' ? 'no condition' : result === true ? 'its condition is true' : undefined;
  if (isTaken) return `taken, ${condition ?? 'although its condition is not known'}`;
  if (error !== undefined) return 'its condition could not be evaluated, and so is false';
  return result === false ? 'its condition is false' : 'not looked at';
}

/** The longest value that is shown, in characters. */
const maxShownLength = 200;

function showValue(value: Value): string {
  const text = JSON.stringify(toJson(ValueSchema, value));
  return text.length > maxShownLength ? `${text.slice(0, maxShownLength)}…` : text;
}

function describeVariant({ variantId, weight, hash, score, isChosen }: VariantDraw): string[] {
  return [
    isChosen ? '*' : '',
    variantId,
    `${weight} %`,
    hash === undefined ? '' : `hash ${hash.toFixed(6)}`,
    score === undefined ? '' : `score ${score.toFixed(3)}`,
  ];
}

function describeMessage(message: Message): string[] {
  const parts = message.content === undefined ? message.contentParts.map(showPart) : [message.content];
  const calls = message.toolCalls.map(({ function: fn, custom }) =>
    fn === undefined ? `[calls ${custom?.name ?? 'a tool'}]` : `[calls ${fn.name}(${fn.arguments})]`,
  );
  const lines = [...parts, ...calls].flatMap((text) => text.split('\n'));
  return [
    `${message.role}:${lines.length === 1 ? ` ${lines[0]}` : ''}`,
    ...(lines.length === 1 ? [] : lines.map((line) => `  ${line}`)),
  ];
}

function showPart({ part }: ContentPart): string {
  return part.case === 'text' ? part.value : `[${part.case ?? 'empty part'}]`;
}

function describeSettings({ request }: RoutingExplanation): string[] {
  if (request === undefined) return [];
  const settings = toJson(
    ChatCompletionRequestSchema,
    { ...request, model: '', messages: [] },
    { useProtoFieldName: true },
  );
  return isJsonObject(settings) && Object.keys(settings).length > 0
    ? stringify(settings, { lineWidth: 0 }).trimEnd().split('\n')
    : [];
}
