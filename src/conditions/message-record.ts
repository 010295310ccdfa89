import { CelScalar, type CelType, type CelValue, listType, objectType } from '@bufbuild/cel';
import type {
  ContentPart,
  CustomToolCall,
  FunctionCall,
  Message,
  ToolCall,
} from '../../gen/signalbox/chat/v1/message_pb.ts';
import { createCountedList, createCountedMap } from './counted-values.ts';
import { chargeSteps } from './evaluation-budget.ts';

/** One field of a record, as expressions see it. */
interface RecordField<Value> {
  readonly type: CelType;
  /** Fields that are not set read as the empty text, list or record, as fields of protobuf messages do. */
  read(value: Value): CelValue;
  /** What `has()` says. */
  isSet(value: Value): boolean;
}

/** What conditions see of a protobuf message: a map with fixed keys. */
interface RecordShape<Value> {
  /** The name of its static type. */
  readonly typeName: string;
  readonly fields: ReadonlyMap<string, RecordField<Value>>;
}

/** Making a record costs about this. */
const stepsPerRecord = 20;

function defineShape<Value>(typeName: string, fields: Record<string, RecordField<Value>>): RecordShape<Value> {
  return { typeName, fields: new Map(Object.entries(fields)) };
}

function text<Value>(read: (value: Value) => string | undefined): RecordField<Value> {
  return { type: CelScalar.STRING, read: (value) => read(value) ?? '', isSet: (value) => Boolean(read(value)) };
}

function record<Value, Inner>(
  shape: RecordShape<Inner>,
  read: (value: Value) => Inner | undefined,
  empty: Inner,
): RecordField<Value> {
  return {
    type: objectType(shape.typeName),
    read: (value) => createRecord(shape, read(value) ?? empty),
    isSet: (value) => read(value) !== undefined,
  };
}

function records<Value, Inner>(
  shape: RecordShape<Inner>,
  read: (value: Value) => readonly Inner[],
): RecordField<Value> {
  return {
    type: listType(objectType(shape.typeName)),
    read: (value) => createCountedList(read(value), (inner) => createRecord(shape, inner)),
    isSet: (value) => read(value).length > 0,
  };
}

const functionShape = defineShape<Pick<FunctionCall, 'name' | 'arguments'>>('Function', {
  name: text((call) => call.name),
  arguments: text((call) => call.arguments),
});

const customShape = defineShape<Pick<CustomToolCall, 'name' | 'input'>>('Custom', {
  name: text((call) => call.name),
  input: text((call) => call.input),
});

const toolCallShape = defineShape<ToolCall>('ToolCall', {
  id: text((call) => call.id),
  // An empty type means a function.
  type: text((call) => call.type || 'function'),
  function: record(functionShape, (call) => call.function, { name: '', arguments: '' }),
  custom: record(customShape, (call) => call.custom, { name: '', input: '' }),
});

/** The name that the API has for each kind of part. */
const partTypes = {
  text: 'text',
  imageUrl: 'image_url',
  inputAudio: 'input_audio',
  file: 'file',
  refusal: 'refusal',
} as const;

function partType({ part, type }: ContentPart): string {
  return part.case === undefined || part.case === 'other' ? type : partTypes[part.case];
}

const partShape = defineShape<ContentPart>('ContentPart', {
  type: text(partType),
  text: text(({ part }) => (part.case === 'text' ? part.value : undefined)),
});

const messageShape = defineShape<Message>('Message', {
  role: text((message) => message.role),
  content: text(messageText),
  content_parts: records(partShape, (message) => message.contentParts),
  name: text((message) => message.name),
  tool_calls: records(toolCallShape, (message) => message.toolCalls),
  tool_call_id: text((message) => message.toolCallId),
  refusal: text((message) => message.refusal),
  reasoning_content: text((message) => message.reasoningContent),
});

const shapes = new Map<string, { readonly fields: ReadonlyMap<string, { readonly type: CelType }> }>(
  [functionShape, customShape, toolCallShape, partShape, messageShape].map((shape) => [shape.typeName, shape]),
);

/** The static type of `messages`. */
export const messagesType = listType(objectType(messageShape.typeName));

/** The fields of a record type by its name. `undefined` for other types. */
export function recordFields(typeName: string): ReadonlyMap<string, { readonly type: CelType }> | undefined {
  return shapes.get(typeName)?.fields;
}

/** A message's content as text: that of its text parts joined without anything between them. Empty where it has none. */
export function messageText(message: Message): string {
  if (message.content !== undefined) return message.content;
  return message.contentParts.map(({ part }) => (part.case === 'text' ? part.value : '')).join('');
}

function createRecord<Value>(shape: RecordShape<Value>, value: Value): CelValue {
  chargeSteps(stepsPerRecord);
  const read = new Map<string, CelValue>();
  return createCountedMap({
    keys: [...shape.fields.keys()],
    read(key) {
      const field = shape.fields.get(key);
      if (field === undefined) return undefined;
      // Kept, since joining the text of parts again for every use could cost more than what is charged.
      const known = read.get(key);
      if (known !== undefined) return known;
      const made = field.read(value);
      read.set(key, made);
      return made;
    },
    has: (key) => shape.fields.get(key)?.isSet(value) ?? false,
  });
}

/** A message as conditions see it. */
export function createMessageRecord(message: Message): CelValue {
  return createRecord(messageShape, message);
}
