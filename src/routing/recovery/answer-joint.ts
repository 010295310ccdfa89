import { create } from '@bufbuild/protobuf';
import { type Delta, DeltaSchema } from '../../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import type { ChatEvent } from '../../core/chat-event.ts';
import { judgeSeam } from './judge-seam.ts';

/** How a new try was asked: for the whole answer again, or for the rest of it. */
export type JointKind = 'restart' | 'continue';

/** Thrown when a new try does not go on from what was sent. `message` is the end of a sentence, without a full stop. */
export class AnswerDeviation extends Error {
  override readonly name = 'AnswerDeviation';
}

/** What a model that is asked for the rest of an answer is told that it has said: Claude takes no turn that ends with white space. */
export function trimSent(sent: string): string {
  return sent.trimEnd();
}

/** What has to come again before anything new. */
interface Repetition {
  readonly text: string;
  /** How much of it an answer may not end without, in characters. */
  readonly minChars: number;
}

/**
 * Joins a new try to what was sent of the one before: leaves out what the client has, and lets the rest through.
 *
 * A restarted answer must repeat what was sent to the letter. One that was asked for the rest goes on from what its model was told, so it must
 * repeat the white space that was not told. It may also go back first, since not every model takes up where its turn was cut; {@link judgeSeam}
 * says how far. Reasoning is left out: the client has that of the first try, or begins to read the answer itself.
 */
export class AnswerJoint {
  readonly #sent: string;
  /** `undefined`: what came does not say yet where it goes on. */
  #repetition: Repetition | undefined;
  /** How much of it has come. */
  #repeatedChars = 0;
  /** What came while that was open. */
  #held = '';

  /** @param sent - the text that the client has. */
  constructor(sent: string, kind: JointKind) {
    this.#sent = sent;
    this.#repetition = kind === 'restart' ? { text: sent, minChars: sent.length } : undefined;
  }

  /**
   * @returns what is left of the event for the client, and before its end what had to be held.
   * @throws AnswerDeviation when the answer is another one, or may be.
   */
  take(event: ChatEvent): ChatEvent[] {
    if (event.kind === 'finish') {
      const delta = createRest(
        create(DeltaSchema, { index: event.finish.index }),
        this.#takeEnd('it ends earlier'),
        false,
      );
      return [...delta, event];
    }
    if (event.kind !== 'delta') return [event];
    const { content, index, toolCalls, images, audio, refusal } = event.delta;
    const isMore = index !== 0 || toolCalls.length + images.length > 0 || Boolean(refusal) || audio !== undefined;
    const text = content ? this.#takeText(content, false) : '';
    const rest = isMore ? text + this.#takeEnd('it says something else before it has said it') : text;
    return createRest(event.delta, rest, isMore);
  }

  /** What is left of the text, once nothing more of it can come before what follows. */
  #takeEnd(problem: string): string {
    const rest = this.#repetition === undefined ? this.#takeText('', true) : '';
    const { text, minChars } = this.#repetition ?? { text: '', minChars: 0 };
    if (this.#repeatedChars !== minChars && this.#repeatedChars < text.length) throw new AnswerDeviation(problem);
    return rest;
  }

  #takeText(text: string, isEnd: boolean): string {
    if (this.#repetition !== undefined) return this.#withoutRepetition(text, this.#repetition);
    this.#held += text;
    const told = trimSent(this.#sent);
    const seam = judgeSeam(told, this.#held, isEnd);
    if (seam.kind === 'open') return '';
    if (seam.kind === 'unclear') throw new AnswerDeviation('it may have said something again, or twice');
    const repeated = this.#held.slice(0, seam.repeatedChars);
    this.#repetition = { text: repeated + this.#sent.slice(told.length), minChars: seam.repeatedChars };
    return this.#withoutRepetition(this.#held, this.#repetition);
  }

  #withoutRepetition(text: string, repetition: Repetition): string {
    const expected = repetition.text.slice(this.#repeatedChars, this.#repeatedChars + text.length);
    if (!text.startsWith(expected)) throw new AnswerDeviation('it says something else');
    this.#repeatedChars += expected.length;
    return text.slice(expected.length);
  }
}

/** A delta with only what is new in it; nothing when that is nothing. */
function createRest(delta: Delta, content: string, isMore: boolean): ChatEvent[] {
  if (content === '' && !isMore) return [];
  const { $typeName: _, content: __, reasoningContent: ___, reasoningDetails: ____, ...rest } = delta;
  return [{ kind: 'delta', delta: create(DeltaSchema, { ...rest, ...(content !== '' && { content }) }) }];
}
