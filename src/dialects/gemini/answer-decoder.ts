import type { ChatEvent } from '../../core/chat-event.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import type { JsonSource } from '../json-source.ts';
import { count, objects, text } from '../read-values.ts';
import { each } from '../slice-json.ts';
import { CandidateDecoder } from './candidate-decoder.ts';
import { decodeUsage } from './decode-usage.ts';

/** Where the arguments of tool calls stand in an answer or chunk. */
export const argumentsPath = ['candidates', each, 'content', 'parts', each, 'functionCall', 'args'] as const;

/** More than any request asks for. Those beyond are not answers to it. */
const maxCandidates = 128;

/** What an answer is decoded with. */
export interface AnswerDecoderOptions {
  /** How many choices the request asked for (`n`). */
  readonly expectedChoices: number;
  /** What this one answer is called here. It stands in the ids of calls where Gemini gives neither them nor the answer one. */
  readonly answerId: string;
  /** How large the arguments of a candidate's calls may be that come in pieces, in bytes. Default: as large as the answer. */
  readonly maxHeldBytes?: number | undefined;
}

/** An answer's id that can stand in the id of a call. */
const plainAnswerId = /^[\w-]{1,64}$/;

/**
 * Decodes one answer (ai.google.dev/api/generate-content#GenerateContentResponse), whole or in the chunks of a stream, which have the
 * same form. One instance for each answer.
 */
export class AnswerDecoder {
  readonly #candidates = new Map<number, CandidateDecoder>();
  readonly #options: AnswerDecoderOptions;
  #serviceTier: string | undefined;
  #hasFinalUsage = false;
  #goesOnAfterEnd = false;

  constructor(options: AnswerDecoderOptions) {
    this.#options = options;
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
    return this.#candidates.size >= this.#options.expectedChoices && this.isEveryBegunCandidateFinished;
  }

  /**
   * Whether nothing more is to come: it is complete, and its tokens are counted. A finish reason alone is not the end, since older models
   * name one in every chunk; Vertex AI counts in the last chunk only, and AI Studio, which counts in every chunk, names the reason in the
   * last. What goes on all the same has no such mark, and only its body's end is one.
   */
  get isEnded(): boolean {
    return this.isComplete && this.#hasFinalUsage && !this.#goesOnAfterEnd;
  }

  /** Why the answer cannot be used, as the end of a sentence. `undefined`: it can. */
  get problem(): string | undefined {
    for (const { problem } of this.#candidates.values()) if (problem !== undefined) return problem;
    return undefined;
  }

  /**
   * Decodes the answer or its next chunk. The caller has looked for an error and a blocked prompt in it.
   *
   * @param source - has the text of the arguments in it.
   */
  decode(chunk: JsonObject, source: JsonSource): ChatEvent[] {
    const events: ChatEvent[] = [];
    const hadEnded = this.isEnded;
    this.#decodeHead(chunk, events);
    const candidates = objects(chunk['candidates']);
    const isNumbered = candidates.some(({ index }) => count(index) !== undefined);
    for (const [place, candidate] of candidates.entries()) {
      // The first has often no index: a zero is left out in much of Google's JSON. Where none has one, it is the place.
      const index = count(candidate['index']) ?? (isNumbered ? 0 : place);
      if (index < maxCandidates) events.push(...this.#open(index, chunk).decode(candidate, source));
    }
    if (hadEnded && events.some(({ kind }) => kind === 'delta')) this.#goesOnAfterEnd = true;
    const usage = decodeUsage(chunk['usageMetadata']);
    if (usage !== undefined) {
      events.push({ kind: 'usage', usage });
      this.#hasFinalUsage = this.isComplete;
    }
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
    const given = text(chunk['responseId']);
    // Some providers refuse ids of more than 40 characters; a UUID fits without its dashes.
    const answer =
      given !== undefined && plainAnswerId.test(given) ? given : this.#options.answerId.replaceAll('-', '');
    const prefix = `call_${answer}_${index === 0 ? '' : `${index}_`}`;
    const candidate = new CandidateDecoder(index, prefix, this.#options.maxHeldBytes ?? Infinity);
    this.#candidates.set(index, candidate);
    return candidate;
  }
}
