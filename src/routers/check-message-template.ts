import type { MessageTemplate, ToolCallTemplate } from '../../gen/signalbox/router/v1/variant_pb.ts';
import type { ViolationList } from '../dialects/router-json/violation-list.ts';
import { checkCount, checkOneOf, checkText } from './check-bounds.ts';
import { parseTemplate } from './parse-template.ts';

// The bounds on lists are those of a request's messages (message.proto).
const roles = ['system', 'developer', 'user', 'assistant', 'tool'];
const maxContentItems = 1024;
const maxToolCalls = 256;
const maxNameChars = 512;

/** What the templates of a variant or of the defaults are bounded by. */
export interface TemplateLimits {
  readonly maxTemplates: number;
  readonly maxTemplateChars: number;
}

/** Checks message templates: each must become a message that a request could have. */
export function checkMessageTemplates(
  templates: readonly MessageTemplate[],
  limits: TemplateLimits,
  path: string,
  violations: ViolationList,
): void {
  checkCount(templates, limits.maxTemplates, path, violations).forEach((template, index) => {
    checkMessageTemplate(template, limits.maxTemplateChars, `${path}[${index}]`, violations);
  });
}

function checkMessageTemplate(
  template: MessageTemplate,
  maxChars: number,
  path: string,
  violations: ViolationList,
): void {
  const { role, toolCalls, toolCallId } = template;
  if (role === '') violations.add(`${path}.role`, 'it is required');
  else checkOneOf(role, roles, `${path}.role`, violations);
  checkContent(template, maxChars, path, violations);
  if (toolCalls.length > 0 && role !== 'assistant') {
    violations.add(`${path}.tool_calls`, 'only a message of the role assistant has tool calls');
  }
  checkCount(toolCalls, maxToolCalls, `${path}.tool_calls`, violations).forEach((call, index) => {
    checkToolCall(call, maxChars, `${path}.tool_calls[${index}]`, violations);
  });
  if (role === 'tool') checkText(toolCallId ?? '', maxNameChars, `${path}.tool_call_id`, violations);
  else if (toolCallId !== undefined) {
    violations.add(`${path}.tool_call_id`, 'only a message of the role tool answers a tool call');
  }
}

function checkContent(template: MessageTemplate, maxChars: number, path: string, violations: ViolationList): void {
  const { role, content, contentItems, toolCalls } = template;
  if (content !== undefined && contentItems.length > 0) {
    violations.add(`${path}.content_items`, 'it excludes content: keep one of them');
  }
  if (content === undefined && contentItems.length === 0 && !(role === 'assistant' && toolCalls.length > 0)) {
    violations.add(`${path}.content`, 'it is required, or content_items');
  }
  if (content !== undefined) checkTemplateText(content, maxChars, `${path}.content`, violations);
  const items = checkCount(contentItems, maxContentItems, `${path}.content_items`, violations);
  items.forEach(({ text }, index) => {
    checkTemplateText(text, maxChars, `${path}.content_items[${index}].text`, violations);
  });
  const total = items.reduce((sum, { text }) => sum + text.length, 0);
  if (total > maxChars && items.every(({ text }) => text.length <= maxChars)) {
    violations.add(`${path}.content_items`, `they must have at most ${maxChars} characters together, not ${total}`);
  }
}

function checkTemplateText(text: string, maxChars: number, path: string, violations: ViolationList): void {
  if (text.length > maxChars) {
    violations.add(path, `it must have at most ${maxChars} characters, not ${text.length}`);
    return;
  }
  const parsed = parseTemplate(text);
  if ('problem' in parsed) violations.add(path, `at character ${parsed.position} ${parsed.problem}`);
}

function checkToolCall(call: ToolCallTemplate, maxChars: number, path: string, violations: ViolationList): void {
  checkText(call.id, maxNameChars, `${path}.id`, violations);
  checkText(call.name, maxNameChars, `${path}.name`, violations);
  if (call.args.length > maxChars) violations.add(`${path}.args`, `it must have at most ${maxChars} characters`);
  else if (!isJson(call.args)) violations.add(`${path}.args`, 'it must be JSON, such as {"city": "Oslo"}');
  else checkTemplateText(call.args, maxChars, `${path}.args`, violations);
}

/** Some providers refuse the whole request for arguments that are no JSON. Values are escaped, so that what is JSON stays so. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
