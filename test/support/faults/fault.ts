import { type FakeReply, jsonReply } from '../fake-upstream.ts';
import { canonicalLength, wordsAfter } from './canonical-answer.ts';
import { type FaultDialect, type FaultRequest, type Refusal, refusalStatuses } from './fault-dialect.ts';

/** What an upstream does with one request. */
export type Fault =
  /** Answers. */
  | { readonly kind: 'none' }
  /** Answers with an error. */
  | { readonly kind: 'refuse'; readonly refusal: Refusal; readonly retryAfterS?: number }
  /** Breaks the connection (RST) before it has said anything. */
  | { readonly kind: 'reset' }
  /** Takes the request and says nothing. */
  | { readonly kind: 'silent' }
  /** Answers, but begins late: its headers come at once where it streams. */
  | { readonly kind: 'late'; readonly delayMs: number }
  /** Breaks the connection off in the middle of the answer. */
  | { readonly kind: 'cut'; readonly afterWords: number }
  /** Falls silent in the middle of the answer, and keeps the connection. */
  | { readonly kind: 'stall'; readonly afterWords: number }
  /** One event of a stream is broken JSON, the others are as they should be. */
  | { readonly kind: 'broken-event'; readonly place: number }
  /** A stream says why it ended, and then neither that it ended nor anything else: the connection stays open. */
  | { readonly kind: 'unended' }
  /** Refuses a request that ends with a turn of the model's, and answers others. */
  | { readonly kind: 'no-prefill' };

/** The usage of the canonical answer: the words of the prompt are not looked at. */
const promptTokens = 9;

/** What plays a fault with. */
export interface FaultStage {
  readonly dialect: FaultDialect;
  readonly request: FaultRequest;
  /** Waits; ends early when the server closes. */
  pause(delayMs: number): Promise<void>;
}

/** The reply to one request with a fault in it. Words are counted in what this request is answered with. */
export function playFault(fault: Fault, stage: FaultStage): FakeReply {
  switch (fault.kind) {
    case 'refuse':
      return refuse(fault.refusal, stage, fault.retryAfterS);
    case 'reset':
      return { drop: 'reset' };
    case 'silent':
      return { drop: 'hang' };
    case 'no-prefill':
      return stage.request.endsWithPrefill ? refuse('prefill', stage) : answer({ kind: 'none' }, stage);
    default:
      return answer(fault, stage);
  }
}

function refuse(refusal: Refusal, { dialect }: FaultStage, retryAfterS?: number): FakeReply {
  return {
    status: refusalStatuses[refusal],
    headers: {
      'content-type': 'application/json',
      ...(retryAfterS !== undefined && { 'retry-after': `${retryAfterS}` }),
    },
    body: dialect.encodeRefusal(refusal),
  };
}

type AnswerFault = Exclude<Fault, { kind: 'refuse' | 'reset' | 'silent' | 'no-prefill' }>;

function answer(fault: AnswerFault, stage: FaultStage): FakeReply {
  return stage.request.isStreamed ? answerInEvents(fault, stage) : answerWhole(fault, stage);
}

function answerInEvents(fault: AnswerFault, { dialect, request, pause }: FaultStage): FakeReply {
  const { wire } = dialect;
  // One frame before the words, then a frame for each.
  const frames = wire.encodeStream(scriptAnswer(request));
  const reply = { headers: wire.streamHeaders };
  switch (fault.kind) {
    case 'none':
      return { ...reply, body: frames };
    case 'late':
      return { ...reply, body: [pause(fault.delayMs), ...frames] };
    case 'cut':
      return { ...reply, body: frames.slice(0, fault.afterWords + 1), ending: 'close' };
    case 'stall':
      return { ...reply, body: frames.slice(0, fault.afterWords + 1), ending: 'hang' };
    case 'broken-event':
      return { ...reply, body: frames.with(fault.place - 1, brokenFrame(dialect)) };
    case 'unended':
      return { ...reply, body: dialect.hasEndMark ? frames.slice(0, -1) : frames, ending: 'hang' };
  }
}

/** A whole answer has no events and no end mark: it breaks off or falls silent at the share of its bytes that the words would be. */
function answerWhole(fault: AnswerFault, { dialect, request, pause }: FaultStage): FakeReply {
  const body = dialect.wire.encodeWhole(scriptAnswer(request));
  const part = (words: number): string => body.slice(0, Math.floor((body.length * words) / canonicalLength));
  const reply = { headers: { 'content-type': 'application/json' } };
  switch (fault.kind) {
    case 'none':
    case 'unended':
      return jsonReply(JSON.parse(body));
    case 'late':
      return { ...reply, after: pause(fault.delayMs), body };
    case 'cut':
      return { ...reply, body: part(fault.afterWords), ending: 'close' };
    case 'stall':
      return { ...reply, body: part(fault.afterWords), ending: 'hang' };
    case 'broken-event':
      return { ...reply, body: part(fault.place) };
  }
}

function scriptAnswer({ spoken }: FaultRequest) {
  const words = wordsAfter(spoken);
  const completion = words.length;
  return {
    choice: { content: words, finishReason: 'stop' as const },
    usage: { prompt: promptTokens, completion, total: promptTokens + completion },
  };
}

function brokenFrame({ wire, name }: FaultDialect): Uint8Array {
  const frame = wire.malformedFrames['JSON that breaks off'];
  if (frame === undefined) throw new Error(`the wire of ${name} has no broken frame`);
  return frame;
}
