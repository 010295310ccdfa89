import { openaiCompatible } from '../../src/providers/openai-compatible/index.ts';
import { providerKinds } from '../../src/providers/registry.ts';
import { probeSupport, supportFeatures } from '../probe-support.ts';

/** Fields that every dialect sends, so that they are not probed. */
const commonParameters = ['max_completion_tokens', 'max_tokens', 'temperature', 'top_p'];

/** The fields that a probed feature is asked for with. */
const featureParameters: ReadonlyMap<string, readonly string[]> = new Map([
  ['tools', ['tools']],
  ['forced tool', ['tool_choice']],
  ['`json_schema`', ['response_format']],
  ['reasoning effort', ['reasoning_effort']],
  ['reasoning budget', ['reasoning']],
  ['`web_search_options`', ['web_search_options']],
  ['`n`', ['n']],
  ['`seed`', ['seed']],
  ['`stop`', ['stop']],
  ['penalties', ['frequency_penalty', 'presence_penalty']],
  ['`logprobs`', ['logprobs', 'top_logprobs']],
]);

/** What the sandbox's models keep to, all of them: docs/sandbox.md. */
export const sandboxParameters = ['max_completion_tokens', 'max_tokens', 'n', 'stop'];

/**
 * The fields of a request that a provider of the catalogue takes, as our encoder for it has it: those that are sent as they are or in
 * another way.
 *
 * @param providerId - a kind; what is none is called as `openai-compatible`.
 */
export function listSupportedParameters(providerId: string): readonly string[] {
  if (providerId === 'sandbox') return sandboxParameters;
  const kind = providerKinds.find((known) => known.kind === providerId) ?? openaiCompatible;
  const { cells } = probeSupport(kind);
  const probed = supportFeatures.flatMap((feature, index) => {
    const isTaken = cells[index] === 'yes' || cells[index] === 'changed';
    return isTaken ? (featureParameters.get(feature) ?? []) : [];
  });
  return [...commonParameters, ...probed].toSorted();
}
