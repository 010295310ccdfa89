import type { ChatCompletionRequest } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { createError } from '../../core/errors.ts';
import type { Answer, AnswerContext } from './answer.ts';
import { answerCitations } from './answer-citations.ts';
import { answerJson } from './answer-json.ts';
import { answerReasoner } from './answer-reasoner.ts';
import { answerTools } from './answer-tools.ts';
import { readLastUserText } from './message-text.ts';
import type { Pace } from './stream-answer.ts';

/** A model of the sandbox. */
export interface SandboxModel extends Pace {
  /** Whether its answers end half-way with an error. Default false. */
  readonly breaksOff?: boolean;
  /** Which of the fields that only some models keep to it keeps to. Default none. */
  readonly understands?: readonly ('tools' | 'response_format')[];
  /**
   * Its answer.
   *
   * @throws SignalboxError of an attempt.
   */
  answer(request: ChatCompletionRequest, context: AnswerContext): Answer;
}

const answerEcho = ({ messages }: ChatCompletionRequest): Answer => ({ content: readLastUserText(messages) });

/**
 * A PNG (W3C PNG, third edition) of 16 by 16 pixels, one bit each: a checkerboard of black and white squares of 4 pixels.
 */
const checkerboard =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAABAAAAAQAQAAAAA3iMLMAAAAE0lEQVR42mP48IEBjvj5EQiHOADTHw/xfR4kbwAAAABJRU5ErkJggg==';

const tokensPerSecond = 20;
const rateLimitMs = 1_000;

/** The models by name. docs/sandbox.md is the same table. */
export const sandboxModels: ReadonlyMap<string, SandboxModel> = new Map<string, SandboxModel>([
  ['echo', { answer: answerEcho }],
  ['slow', { tokenIntervalMs: 1_000 / tokensPerSecond, answer: answerEcho }],
  ['slow-first-token', { firstTokenDelayMs: 5_000, answer: answerEcho }],
  ['tools', { understands: ['tools'], answer: answerTools }],
  ['json', { understands: ['response_format'], answer: answerJson }],
  ['reasoner', { answer: answerReasoner }],
  ['image', { answer: () => ({ content: 'A checkerboard of 16 by 16 pixels.', image: checkerboard }) }],
  ['citations', { answer: answerCitations }],
  ['refusal', { answer: () => ({ refusal: 'I cannot help with that: this model refuses everything.' }) }],
  [
    'error-429',
    {
      answer(_request, { provider }) {
        throw createError(
          'PROVIDER_RATE_LIMITED',
          { provider, problem: 'The model error-429 always answers so. Try again in 1 second.' },
          { code: 'rate_limit_exceeded', retryAfterMs: rateLimitMs },
        );
      },
    },
  ],
  [
    'error-500',
    {
      answer(_request, { provider }) {
        const problem = 'The model error-500 always answers so.';
        throw createError('PROVIDER_FAILED', { provider, status: 500, problem });
      },
    },
  ],
  [
    'cut',
    {
      breaksOff: true,
      answer: () => ({ content: 'This answer breaks off before it is complete, and nobody ever reads how it ends.' }),
    },
  ],
]);
