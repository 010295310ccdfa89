import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { MessageSchema } from '../../gen/signalbox/chat/v1/message_pb.ts';
import type { ConditionInput, ConditionVerdict } from '../../src/conditions/condition.ts';
import { createConditionScope } from '../../src/conditions/condition-scope.ts';
import { createCondition } from '../../src/conditions/create-condition.ts';

type CallInit = Partial<Omit<ConditionInput, 'messages'>> & {
  readonly messages?: readonly MessageInitShape<typeof MessageSchema>[];
};

/** A call with what a test says, and a plain rest. */
export function createInput({ messages = [], ...rest }: CallInit = {}): ConditionInput {
  return {
    metadata: {},
    model: 'router/shop',
    user: 'u1',
    stream: false,
    ...rest,
    messages: messages.map((message) => create(MessageSchema, message)),
  };
}

/** What an expression comes to on a call. */
export function evaluate(expression: string, init: CallInit = {}): ConditionVerdict {
  return createCondition(expression).evaluate(createConditionScope(createInput(init)));
}
