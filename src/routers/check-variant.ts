import type { WebSearch, WebSearchOptions } from '../../gen/signalbox/chat/v1/web_search_pb.ts';
import type { Variant } from '../../gen/signalbox/router/v1/variant_pb.ts';
import { parseFirstTokenTimeoutMs } from '../core/first-token-timeout.ts';
import type { ViolationList } from '../dialects/router-json/violation-list.ts';
import { checkOneOf, checkRange } from './check-bounds.ts';
import { checkGenerationConfig } from './check-generation-config.ts';
import { checkId } from './check-id.ts';
import { checkMessageTemplates } from './check-message-template.ts';
import { checkModel, checkModelSelection } from './check-model-selection.ts';
import type { RouterRules } from './router-limits.ts';

// The ranges are those of the same fields of a request (web_search.proto).
const searchEngines = ['exa', 'google', 'native'];
const searchContextSizes = ['low', 'medium', 'high'];
// That of a request's `extra_body`.
const recoveries = ['none', 'restart', 'continue'];

/** Checks a variant but for its id's being unique. */
export function checkVariant(variant: Variant, rules: RouterRules, path: string, violations: ViolationList): void {
  const { modelSelection, textGenerationConfig, webSearch, webSearchOptions } = variant;
  checkId(variant.variantId, `${path}.variant_id`, violations);
  checkModel(variant.modelId, rules.routerPrefix, `${path}.model_id`, violations);
  if (modelSelection !== undefined) checkModelSelection(modelSelection, rules, `${path}.model_selection`, violations);
  if (textGenerationConfig !== undefined) {
    checkGenerationConfig(textGenerationConfig, `${path}.text_generation_config`, violations);
  }
  checkMessageTemplates(variant.messageTemplates, rules, `${path}.message_templates`, violations);
  if (webSearch !== undefined) checkWebSearch(webSearch, `${path}.web_search`, violations);
  if (webSearchOptions !== undefined) checkSearchOptions(webSearchOptions, `${path}.web_search_options`, violations);
  if (webSearch !== undefined && webSearchOptions !== undefined) {
    violations.add(`${path}.web_search_options`, 'it excludes web_search: keep one of them');
  }
  checkTimeout(variant.fallback?.ttftTimeout, `${path}.fallback.ttft_timeout`, violations);
  checkOneOf(variant.recovery, recoveries, `${path}.recovery`, violations);
}

function checkWebSearch(search: WebSearch, path: string, violations: ViolationList): void {
  checkOneOf(search.engine, searchEngines, `${path}.engine`, violations);
  checkRange(search.maxResults, { min: 1, max: 20 }, `${path}.max_results`, violations);
  checkRange(search.maxSteps, { min: 1, max: 5 }, `${path}.max_steps`, violations);
}

function checkSearchOptions(options: WebSearchOptions, path: string, violations: ViolationList): void {
  checkOneOf(options.searchContextSize, searchContextSizes, `${path}.search_context_size`, violations);
}

function checkTimeout(text: string | undefined, path: string, violations: ViolationList): void {
  if (text === undefined) return;
  const parsed = parseFirstTokenTimeoutMs(text);
  if ('problem' in parsed) violations.add(path, parsed.problem);
}
