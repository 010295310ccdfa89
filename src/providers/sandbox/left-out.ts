import type { ChatCompletionRequest } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { SandboxModel } from './sandbox-models.ts';

/** How many unknown fields are named one by one, and how much of a name. */
const maxNamedFields = 16;
const maxNameLength = 64;

/**
 * What of a request a model leaves out, one sentence each. Sampling settings are not named: they cannot change a fixed answer.
 */
export function listLeftOut(request: ChatCompletionRequest, { understands = [] }: SandboxModel): string[] {
  const { tools, toolChoice, responseFormat, logprobs, modalities, webSearchOptions, extraBody } = request;
  const warnings: string[] = [];
  const note = (isLeftOut: boolean, field: string, why: string): void => {
    if (isLeftOut) {
      warnings.push(`${field} is left out: ${why}.`);
    }
  };
  const wantsForm = responseFormat !== undefined && responseFormat.type !== 'text';
  const wantsGrounding = webSearchOptions !== undefined || extraBody?.webSearchOptions !== undefined;
  if (understands.includes('tools')) {
    note(
      tools.some((tool) => tool.other !== undefined),
      'A tool in tools',
      'the sandbox calls functions only',
    );
    note(toolChoice?.choice.case === 'other', 'tool_choice', 'the sandbox knows modes and functions only');
  } else {
    note(tools.length > 0, 'tools', 'of the sandbox only the model tools calls them');
  }
  note(
    wantsForm && !understands.includes('response_format'),
    'response_format',
    'of the sandbox only the model json keeps to it',
  );
  note(logprobs === true, 'logprobs', 'the sandbox has no probabilities');
  note(modalities.includes('audio'), 'The modality audio', 'the sandbox makes none');
  note(wantsGrounding, 'web_search_options', 'the sandbox does not search');
  const unknown = Object.keys(request.extraFields ?? {});
  for (const field of unknown.slice(0, maxNamedFields)) {
    note(true, field.slice(0, maxNameLength), 'the sandbox does not know it');
  }
  const unnamed = unknown.length - maxNamedFields;
  if (unnamed > 0) {
    warnings.push(`${unnamed} more unknown fields are left out.`);
  }
  return warnings;
}
