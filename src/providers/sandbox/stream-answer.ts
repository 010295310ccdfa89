import { setImmediate as nextTurn } from 'node:timers/promises';
import { create } from '@bufbuild/protobuf';
import { type Annotation, AnnotationSchema } from '../../../gen/signalbox/chat/v1/chat_completion_pb.ts';
import {
  ChoiceFinishSchema,
  type Delta,
  DeltaSchema,
} from '../../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import { type Usage, UsageSchema } from '../../../gen/signalbox/chat/v1/usage_pb.ts';
import type { ChatEvent } from '../../core/chat-event.ts';
import type { Clock } from '../../core/clock.ts';
import { createError, type SignalboxError } from '../../core/errors.ts';
import type { AnswerCitation } from './answer.ts';
import { pause } from './pause.ts';
import type { Piece, PlannedAnswer } from './plan-pieces.ts';

/** When the increments of an answer come. */
export interface Pace {
  /** Before the first one, in milliseconds. Default 0. */
  readonly firstTokenDelayMs?: number;
  /** Between two, in milliseconds. Default 0. */
  readonly tokenIntervalMs?: number;
}

/** An answer to be given. */
export interface AnswerStream {
  /** The provider's id, for errors. */
  readonly provider: string;
  readonly planned: PlannedAnswer;
  readonly citations: readonly AnswerCitation[];
  readonly promptTokens: number;
  /** How many choices; each holds the same. */
  readonly choices: number;
  /** What the ids of tool calls begin with, so that those of one conversation differ. */
  readonly callIdPrefix: string;
  readonly pace: Pace;
  /** Whether it ends half-way with an error. */
  readonly breaksOff: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** After so many increments without a wait the event loop gets its turn: an answer must not hold up other calls. */
const piecesPerTurn = 256;

/**
 * Gives an answer event by event: one token of each choice in turn, then citations, how each choice ended, and the usage.
 *
 * @throws SignalboxError PROVIDER_CUT when it breaks off, by itself or because the signal is aborted.
 */
export async function* streamAnswer(stream: AnswerStream): AsyncGenerator<ChatEvent, void, undefined> {
  const { planned, choices, pace, breaksOff } = stream;
  const pieces = breaksOff ? planned.pieces.slice(0, Math.max(1, planned.pieces.length >> 1)) : planned.pieces;
  const indexes = Array.from({ length: choices }, (_, index) => index);
  let sinceTurn = 0;
  for (const [position, piece] of pieces.entries()) {
    await waitFor(stream, (position === 0 ? pace.firstTokenDelayMs : pace.tokenIntervalMs) ?? 0);
    for (const index of indexes) {
      sinceTurn++;
      if (sinceTurn >= piecesPerTurn) {
        sinceTurn = 0;
        await nextTurn();
      }
      if (stream.signal.aborted) {
        throw createStopped(stream.provider);
      }
      if (piece.kind !== 'hidden') {
        yield { kind: 'delta', delta: createDelta(piece, index, stream.callIdPrefix) };
      }
    }
  }
  if (breaksOff) {
    throw createError('PROVIDER_CUT', { provider: stream.provider, problem: 'this model always breaks off half-way' });
  }
  const citations = stream.citations.filter(({ endIndex }) => endIndex <= planned.contentLength);
  for (const index of citations.length > 0 ? indexes : []) {
    yield { kind: 'annotations', index, annotations: citations.map(createAnnotation) };
  }
  for (const index of indexes) {
    yield { kind: 'finish', finish: create(ChoiceFinishSchema, { index, finishReason: planned.finishReason }) };
  }
  yield { kind: 'usage', usage: createUsage(stream) };
}

/** The error of an attempt that was stopped. */
export function createStopped(provider: string): SignalboxError {
  return createError('PROVIDER_CUT', { provider, problem: 'the attempt was stopped' });
}

async function waitFor({ clock, signal, provider }: AnswerStream, delayMs: number): Promise<void> {
  if (delayMs > 0 && !(await pause(clock, delayMs, signal))) {
    throw createStopped(provider);
  }
}

function createDelta(piece: Exclude<Piece, { kind: 'hidden' }>, index: number, callIdPrefix: string): Delta {
  switch (piece.kind) {
    case 'content':
      return create(DeltaSchema, { index, content: piece.text });
    case 'reasoning':
      return create(DeltaSchema, { index, reasoningContent: piece.text });
    case 'refusal':
      return create(DeltaSchema, { index, refusal: piece.text });
    case 'call': {
      const { callIndex, name } = piece;
      const id = `${callIdPrefix}_${index}_${callIndex}`;
      const call = { index: callIndex, id, type: 'function', function: { name, arguments: '' } };
      return create(DeltaSchema, { index, toolCalls: [call] });
    }
    case 'arguments':
      return create(DeltaSchema, {
        index,
        toolCalls: [{ index: piece.callIndex, function: { arguments: piece.text } }],
      });
    case 'image':
      return create(DeltaSchema, { index, images: [{ type: 'image_url', imageUrl: { url: piece.url } }] });
  }
}

function createAnnotation(citation: AnswerCitation): Annotation {
  return create(AnnotationSchema, { type: 'url_citation', urlCitation: { ...citation } });
}

function createUsage({ planned, promptTokens, choices }: AnswerStream): Usage {
  const completionTokens = planned.tokens * choices;
  const { reasoningTokens, imageTokens } = planned;
  const details = {
    ...(reasoningTokens === undefined ? {} : { reasoningTokens: reasoningTokens * choices }),
    ...(imageTokens === undefined ? {} : { imageTokens: imageTokens * choices }),
  };
  return create(UsageSchema, {
    promptTokens,
    completionTokens,
    totalTokens: promptTokens + completionTokens,
    ...(Object.keys(details).length === 0 ? {} : { completionTokensDetails: details }),
  });
}
