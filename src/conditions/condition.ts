import type { Message } from '../../gen/signalbox/chat/v1/message_pb.ts';
import type { JsonObject, JsonValue } from '../core/json.ts';

/** What a call shows to conditions. */
export interface ConditionInput {
  /** `extra_body.metadata`, or else `metadata`. */
  readonly metadata: JsonObject;
  /** The request's own messages. */
  readonly messages: readonly Message[];
  readonly model: string;
  readonly user: string | undefined;
  readonly stream: boolean;
}

/** What a condition came to. */
export interface ConditionVerdict {
  readonly isTrue: boolean;
  /** Why it could not be evaluated, one sentence. It is false then. */
  readonly error: string | undefined;
}

/** What a call shows to conditions, prepared once for all conditions of a router. */
export interface ConditionScope {
  /** The values of some variables, for people: long texts and lists are shortened. Those that the call does not have are left out. */
  describe(names: readonly string[]): Record<string, JsonValue>;
}

/** A condition that has passed its check. Compiled when it is first evaluated, and kept. */
export interface Condition {
  readonly expression: string;
  /** The variables that it names. */
  readonly variables: readonly string[];
  evaluate(scope: ConditionScope): ConditionVerdict;
}

/** Why an expression is no condition. */
export interface ConditionProblem {
  /** The end of a sentence, without a full stop, such as `line 1, column 7: the function foo is not known`. */
  readonly problem: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in characters. */
  readonly column: number;
}
