import { create } from '@bufbuild/protobuf';
import {
  ContentPartSchema,
  type Message,
  MessageSchema,
  ToolCallSchema,
} from '../../gen/signalbox/chat/v1/message_pb.ts';
import { createError } from '../core/errors.ts';
import { createFieldError } from '../core/json-fields.ts';
import { measureTemplate, renderTemplate, type TemplatePiece } from '../routers/parse-template.ts';
import type { TemplateProgram } from '../routers/router-program.ts';

/** What templates are rendered with. */
export interface RenderOptions {
  /** The router's name, for errors. */
  readonly router: string;
  readonly variables: Readonly<Record<string, string>>;
  /** The longest that all texts together may become, in characters. */
  readonly maxChars: number;
}

/** The error that names every missing variable names at most so many. */
const maxNamedVariables = 20;

/**
 * Renders the messages of a variant.
 *
 * @throws SignalboxError PROMPT_VARIABLE_MISSING with every variable that is not given, or INVALID_FIELD when the values make the texts
 * too long: one variable can stand in a template thousands of times.
 */
export function renderTemplates(
  templates: readonly TemplateProgram[],
  { router, variables, maxChars }: RenderOptions,
): Message[] {
  const values = { plain: variables, escaped: templates.some(hasArguments) ? escapeValues(variables) : variables };
  const length = templates.reduce((sum, template) => sum + measureMessage(template, values), 0);
  if (length > maxChars) {
    throw createFieldError(
      'extra_body.prompt_variables',
      `they make the router's templates longer than ${maxChars} characters in all`,
    );
  }
  const missing = new Set<string>();
  const messages = templates.map((template) => renderMessage(template, values, missing));
  if (missing.size > 0) {
    throw createError(
      'PROMPT_VARIABLE_MISSING',
      { router, variables: describeNames([...missing]) },
      { param: 'extra_body.prompt_variables' },
    );
  }
  return messages;
}

/** The variables as they stand in text, and in the texts of JSON. */
interface Values {
  readonly plain: Readonly<Record<string, string>>;
  readonly escaped: Readonly<Record<string, string>>;
}

function hasArguments({ toolCalls }: TemplateProgram): boolean {
  return toolCalls.length > 0;
}

/** The arguments of a tool are JSON, and stay so whatever a value holds. */
function escapeValues(variables: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, JSON.stringify(value).slice(1, -1)]),
  );
}

function measureMessage({ content = [], contentItems, toolCalls }: TemplateProgram, values: Values): number {
  const measure = (texts: readonly (readonly TemplatePiece[])[], variables: Values['plain']): number =>
    texts.reduce((sum, pieces) => sum + measureTemplate(pieces, variables), 0);
  const args = toolCalls.map((call) => call.args);
  return measure([content, ...contentItems], values.plain) + measure(args, values.escaped);
}

function renderMessage(
  { role, content, contentItems, toolCalls, toolCallId }: TemplateProgram,
  { plain, escaped }: Values,
  missing: Set<string>,
): Message {
  const message = create(MessageSchema, {
    role,
    contentParts: contentItems.map((pieces) =>
      create(ContentPartSchema, {
        type: 'text',
        part: { case: 'text', value: renderTemplate(pieces, plain, missing) },
      }),
    ),
    toolCalls: toolCalls.map(({ id, name, args }) =>
      create(ToolCallSchema, {
        id,
        type: 'function',
        function: { name, arguments: renderTemplate(args, escaped, missing) },
      }),
    ),
  });
  if (content !== undefined) message.content = renderTemplate(content, plain, missing);
  if (toolCallId !== undefined) message.toolCallId = toolCallId;
  return message;
}

function describeNames(names: readonly string[]): string {
  const named = names.slice(0, maxNamedVariables).join(', ');
  const moreCount = names.length - maxNamedVariables;
  return moreCount > 0 ? `${named} and ${moreCount} more` : named;
}
