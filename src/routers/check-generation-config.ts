import type { TextGenerationConfig } from '../../gen/signalbox/router/v1/variant_pb.ts';
import type { ViolationList } from '../dialects/router-json/violation-list.ts';
import { checkCount, checkOneOf, checkRange, checkText, UsedIds } from './check-bounds.ts';

// The bounds are those of the same fields of a request (chat_completion_request.proto), so that no variant makes a request invalid.
const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'];
const maxStopSequences = 4;
const maxStopChars = 1024;
const maxBiases = 1024;
const maxTokenIdChars = 64;

/** Checks generation settings. */
export function checkGenerationConfig(config: TextGenerationConfig, path: string, violations: ViolationList): void {
  checkRange(config.maxTokens, { min: 1 }, `${path}.max_tokens`, violations);
  checkPositive(config.topP, `${path}.top_p`, violations, 1);
  checkRange(config.temperature, { min: 0, max: 2 }, `${path}.temperature`, violations);
  checkPositive(config.repetitionPenalty, `${path}.repetition_penalty`, violations);
  checkRange(config.frequencyPenalty, { min: -2, max: 2 }, `${path}.frequency_penalty`, violations);
  checkRange(config.presencePenalty, { min: -2, max: 2 }, `${path}.presence_penalty`, violations);
  checkStopSequences(config.stopSequences, `${path}.stop_sequences`, violations);
  if (config.seed !== undefined && !Number.isSafeInteger(Number(config.seed))) {
    violations.add(`${path}.seed`, 'it must be a whole number of at most 53 bits');
  }
  checkBiases(config.logitBias, `${path}.logit_bias`, violations);
  const { reasoning } = config;
  checkOneOf(reasoning?.effort, efforts, `${path}.reasoning.effort`, violations);
  checkRange(reasoning?.maxTokens, { min: 1 }, `${path}.reasoning.max_tokens`, violations);
}

function checkPositive(value: number | undefined, path: string, violations: ViolationList, max?: number): void {
  if (value === undefined || (Number.isFinite(value) && value > 0 && value <= (max ?? value))) return;
  violations.add(path, max === undefined ? 'it must be above 0' : `it must be above 0 and at most ${max}`);
}

function checkStopSequences(sequences: readonly string[], path: string, violations: ViolationList): void {
  checkCount(sequences, maxStopSequences, path, violations).forEach((sequence, index) => {
    checkText(sequence, maxStopChars, `${path}[${index}]`, violations);
  });
}

function checkBiases(biases: TextGenerationConfig['logitBias'], path: string, violations: ViolationList): void {
  const tokens = new UsedIds();
  checkCount(biases, maxBiases, path, violations).forEach(({ tokenId, biasValue }, index) => {
    checkText(tokenId, maxTokenIdChars, `${path}[${index}].token_id`, violations);
    tokens.check(tokenId, `${path}[${index}].token_id`, violations);
    checkRange(biasValue, { min: -100, max: 100 }, `${path}[${index}].bias_value`, violations);
  });
}
