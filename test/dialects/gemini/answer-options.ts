import { createError } from '../../../src/core/errors.ts';
import type { GeminiAnswerOptions } from '../../../src/providers/gemini-stream.ts';

/** What answers are read with where a test is about the format alone. */
export const answerOptions: GeminiAnswerOptions = {
  provider: 'peer',
  expectedChoices: 1,
  answerId: 'here',
  classifyError: ({ message = '', httpStatus = 500 }) =>
    createError('PROVIDER_FAILED', { provider: 'peer', status: httpStatus, problem: message }),
  mask: (text) => text,
};
