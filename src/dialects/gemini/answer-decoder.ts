import type { ChatEvent } from '../../core/chat-event.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { count, objects, text } from '../read-values.ts';
import { CandidateDecoder } from './candidate-decoder.ts';
import { decodeUsage } from './decode-usage.ts';

/** More than any request asks for. Those beyond are not answers to it. */
const maxCandidates = 128;

/**
 * Decodes one answer (ai.google.dev/api/generate-content#GenerateContentResponse), whole or in the chunks of a stream, which have the
 * same form. One instance for each answer.
 */
export class AnswerDecoder {
  readonly #candidates = new Map<number, CandidateDecoder>();
  readonly #expectedChoices: number;
  #serviceTier: string | undefined;

  /** @param expectedChoices - how many choices the request asked for (`n`). */
  constructor(expectedChoices: number) {
    this.#expectedChoices = expectedChoices;
  }

  /** Whether any candidate began. */
  get hasBegun(): boolean {
    return this.#candidates.size > 0;
  }

  /** Whether all that began has said why it ended. */
  get isEveryBegunCandidateFinished(): boolean {
    if (this.#candidates.size === 0) return false;
    for (const candidate of this.#candidates.values()) if (!candidate.isFinished) return false;
    return true;
  }

  /** Whether every candidate that began has said something, or why it ended. */
  get hasEveryBegunCandidateSaid(): boolean {
    return [...this.#candidates.values()].every((candidate) => candidate.hasSaid || candidate.isFinished);
  }

  /** Whether every candidate that was asked for has said why it ended. */
  get isComplete(): boolean {
    return this.#candidates.size >= this.#expectedChoices && this.isEveryBegunCandidateFinished;
  }

  /** Why the answer cannot be used, as the end of a sentence. `undefined`: it can. */
  get problem(): string | undefined {
    for (const { problem } of this.#candidates.values()) if (problem !== undefined) return problem;
    return undefined;
  }

  /** Decodes the answer or its next chunk. The caller has looked for an error and a blocked prompt in it. */
  decode(chunk: JsonObject): ChatEvent[] {
    const events: ChatEvent[] = [];
    this.#decodeHead(chunk, events);
    for (const candidate of objects(chunk['candidates'])) {
      // The first has often no index: a zero is left out in much of Google's JSON.
      const index = count(candidate['index']) ?? 0;
      if (index < maxCandidates) events.push(...this.#open(index, chunk).decode(candidate));
    }
    const usage = decodeUsage(chunk['usageMetadata']);
    if (usage !== undefined) events.push({ kind: 'usage', usage });
    return events;
  }

  /**
   * Ends the answer, when nothing more can come: sources and finish of each candidate. A finish waits until then because older models name
   * a reason in every chunk, and sources are told of the whole text.
   *
   * @param isWhole - whether the answer is known to be whole where it gives no reason: the text of a JSON document is.
   */
  end(isWhole: boolean): ChatEvent[] {
    return [...this.#candidates.values()].flatMap((candidate) => candidate.end(isWhole));
  }

  #decodeHead(chunk: JsonObject, events: ChatEvent[]): void {
    const metadata = chunk['usageMetadata'];
    const serviceTier = isJsonObject(metadata) ? text(metadata['serviceTier']) : undefined;
    if (serviceTier === undefined || serviceTier === this.#serviceTier) return;
    this.#serviceTier = serviceTier;
    events.push({ kind: 'head', serviceTier });
  }

  #open(index: number, chunk: JsonObject): CandidateDecoder {
    const known = this.#candidates.get(index);
    if (known !== undefined) return known;
    // With the answer's own id in it, a call's id is the same in every reading and another one in every answer.
    const answerId = text(chunk['responseId']);
    const answer = answerId !== undefined && /^[\w-]{1,64}$/.test(answerId) ? `${answerId}_` : '';
    const candidate = new CandidateDecoder(index, `call_${answer}${index === 0 ? '' : `${index}_`}`);
    this.#candidates.set(index, candidate);
    return candidate;
  }
}
