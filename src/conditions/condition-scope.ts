import type { CelInput, CelList, CelMap, CelValue } from '@bufbuild/cel';
import type { Message } from '../../gen/signalbox/chat/v1/message_pb.ts';
import type { JsonValue } from '../core/json.ts';
import type { ConditionInput, ConditionScope } from './condition.ts';
import { createCountedList, createJsonMap } from './counted-values.ts';
import { describeValue, maxShownItems } from './describe-value.ts';
import { maxCallSteps } from './evaluation-budget.ts';
import { fixedVariables } from './expression-tree.ts';
import { createMessageRecord, messageText } from './message-record.ts';
import { metadataBinding } from './prepare-expression.ts';

/** A call as conditions see it. What an expression does not ask for is not touched. */
export class CallScope implements ConditionScope {
  readonly #input: ConditionInput;
  /** The values that the evaluator reads, by name. */
  readonly bindings: Readonly<Record<string, CelInput>>;
  /** What is left of the call's budget, for all conditions together. */
  stepsLeft = maxCallSteps;
  #messages: CelList | undefined;
  #metadata: CelMap | undefined;

  constructor(input: ConditionInput) {
    this.#input = input;
    const messages = (): CelList => this.#messageList();
    const metadata = (): CelMap => this.#metadataMap();
    const bindings = {
      model: input.model,
      stream: input.stream,
      get messages() {
        return messages();
      },
      get metadata() {
        return metadata();
      },
      get [metadataBinding]() {
        return metadata();
      },
    };
    this.bindings = input.user === undefined ? bindings : Object.assign(bindings, { user: input.user });
  }

  describe(names: readonly string[]): Record<string, JsonValue> {
    const values = names.map((name): [string, JsonValue | undefined] => [name, this.#describe(name)]);
    return Object.fromEntries(values.filter((entry): entry is [string, JsonValue] => entry[1] !== undefined));
  }

  #messageList(): CelList {
    if (this.#messages !== undefined) return this.#messages;
    const records: CelValue[] = [];
    this.#messages = createCountedList(this.#input.messages, (message, index) => {
      const known = records[index];
      if (known !== undefined) return known;
      const made = createMessageRecord(message);
      records[index] = made;
      return made;
    });
    return this.#messages;
  }

  #metadataMap(): CelMap {
    this.#metadata ??= createJsonMap(this.#input.metadata);
    return this.#metadata;
  }

  #describe(name: string): JsonValue | undefined {
    const { metadata, model, user, stream, messages } = this.#input;
    if (name === 'messages') return describeMessages(messages);
    if (fixedVariables.has(name)) {
      const value = { metadata, model, user, stream }[name];
      return value === undefined ? undefined : describeValue(value);
    }
    const key = name.startsWith('metadata.') ? name.slice('metadata.'.length) : name;
    const value = Object.hasOwn(metadata, key) ? metadata[key] : undefined;
    return value === undefined ? undefined : describeValue(value);
  }
}

/** The first messages and the last, which are those that conditions ask for. */
function describeMessages(messages: readonly Message[]): JsonValue {
  const show = (message: Message): JsonValue => describeValue({ role: message.role, content: messageText(message) });
  if (messages.length <= maxShownItems) return messages.map(show);
  const first = messages.slice(0, maxShownItems - 1).map(show);
  const last = messages.slice(-1).map(show);
  return [...first, `… (${messages.length} elements)`, ...last];
}

/** What a call shows to conditions. Made once for all conditions of a router: values are converted when they are first asked for. */
export function createConditionScope(input: ConditionInput): ConditionScope {
  return new CallScope(input);
}
