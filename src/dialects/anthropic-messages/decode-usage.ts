import { create } from '@bufbuild/protobuf';
import { type Usage, UsageSchema } from '../../../gen/signalbox/chat/v1/usage_pb.ts';
import { isJsonObject, type JsonValue } from '../../core/json.ts';
import { count, objectOf } from '../read-values.ts';

/**
 * The usage of one answer, as it becomes known. A stream says it in two places, and may say the same count again with a higher value
 * when tools of the provider ran in between: the last one counts.
 */
export class UsageDecoder {
  #input: number | undefined;
  #cacheRead: number | undefined;
  #cacheWritten: number | undefined;
  #cacheWritten1h: number | undefined;
  #output: number | undefined;
  #thinking: number | undefined;

  /** Takes a `usage` object. */
  add(value: JsonValue | undefined): void {
    if (!isJsonObject(value)) return;
    this.#input = count(value['input_tokens']) ?? this.#input;
    this.#cacheRead = count(value['cache_read_input_tokens']) ?? this.#cacheRead;
    this.#cacheWritten = count(value['cache_creation_input_tokens']) ?? this.#cacheWritten;
    const written = objectOf(value['cache_creation']);
    this.#cacheWritten1h = count(written['ephemeral_1h_input_tokens']) ?? this.#cacheWritten1h;
    this.#output = count(value['output_tokens']) ?? this.#output;
    this.#thinking = count(objectOf(value['output_tokens_details'])['thinking_tokens']) ?? this.#thinking;
  }

  /**
   * What is known. Anthropic counts what was read from the cache and written to it apart from `input_tokens`; the prompt is all
   * three (platform.claude.com/docs/en/build-with-claude/prompt-caching). Of what was written, the part that is kept for an hour is said
   * where there is any. `undefined`: nothing is known.
   */
  get usage(): Usage | undefined {
    const input = this.#input;
    const output = this.#output;
    if (input === undefined && output === undefined) return undefined;
    const prompt = input === undefined ? undefined : bound(input + (this.#cacheRead ?? 0) + (this.#cacheWritten ?? 0));
    const isCacheKnown = this.#cacheRead !== undefined || this.#cacheWritten !== undefined;
    return create(UsageSchema, {
      promptTokens: prompt,
      completionTokens: output,
      totalTokens: prompt === undefined || output === undefined ? undefined : bound(prompt + output),
      ...(isCacheKnown && {
        promptTokensDetails: {
          cachedTokens: this.#cacheRead,
          cacheWriteTokens: this.#cacheWritten,
          ...(this.#cacheWritten1h !== 0 && { cacheWrite1hTokens: this.#cacheWritten1h }),
        },
      }),
      ...(this.#thinking !== undefined && { completionTokensDetails: { reasoningTokens: this.#thinking } }),
    });
  }
}

/** Counts that are added up must still be of 32 bits. */
function bound(tokens: number): number {
  return Math.min(tokens, 2 ** 31 - 1);
}
