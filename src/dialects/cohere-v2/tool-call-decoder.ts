import { create } from '@bufbuild/protobuf';
import { type ToolCallDelta, ToolCallDeltaSchema } from '../../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import { objectOf, text } from '../read-values.ts';
import { SurrogateCarry } from '../surrogate-carry.ts';
import type { ToolNames } from './tool-names.ts';

/** A call whose arguments are being given. */
interface OpenCall {
  readonly position: number;
  readonly carry: SurrogateCarry;
  /** The arguments as far as they may still be `null`. `undefined`: they are others. */
  held: string | undefined;
}

/** No arguments come as `null`, or do not come at all. */
const noArguments = 'null';

/** Decodes the tool calls of one answer. */
export class ToolCallDecoder {
  readonly #names: ToolNames;
  /** By the provider's index. `undefined` is the index of calls without one. */
  readonly #open = new Map<JsonValue | undefined, OpenCall>();
  #count = 0;

  constructor(names: ToolNames) {
    this.#names = names;
  }

  /** Whether a tool was called. */
  get hasBegun(): boolean {
    return this.#count > 0;
  }

  /** Begins a call, with the arguments that it has already. */
  start(index: JsonValue | undefined, call: JsonObject): ToolCallDelta[] {
    const before = this.end(index);
    const position = this.#count++;
    this.#open.set(index, { position, carry: new SurrogateCarry(), held: '' });
    const name = this.#names.decode(text(objectOf(call['function'])['name']) ?? '');
    const begun = create(ToolCallDeltaSchema, {
      index: position,
      id: text(call['id']) ?? `call_${position}`,
      type: 'function',
      function: { name, arguments: '' },
    });
    return [...before, begun, ...this.add(index, call)];
  }

  /** Adds a piece of a call's arguments. One of no call is passed over. */
  add(index: JsonValue | undefined, call: JsonObject): ToolCallDelta[] {
    const open = this.#open.get(index);
    const said = readArguments(call);
    if (open === undefined || said === '') return [];
    if (open.held === undefined) return tell(open, open.carry.push(said));
    const all = open.held + said;
    open.held = noArguments.startsWith(all) ? all : undefined;
    return open.held === undefined ? tell(open, open.carry.push(all)) : [];
  }

  /** Ends a call. */
  end(index: JsonValue | undefined): ToolCallDelta[] {
    const open = this.#open.get(index);
    if (open === undefined) return [];
    this.#open.delete(index);
    const { held } = open;
    if (held === undefined) return tell(open, open.carry.end());
    return tell(open, held === '' || held === noArguments ? '{}' : held);
  }

  /** Ends the calls that were not ended. */
  endAll(): ToolCallDelta[] {
    return [...this.#open.keys()].flatMap((index) => this.end(index));
  }
}

function tell({ position }: OpenCall, said: string): ToolCallDelta[] {
  return said === '' ? [] : [create(ToolCallDeltaSchema, { index: position, function: { arguments: said } })];
}

/** Arguments are text and stay as they are. A server that sends an object in their place has no text to keep. */
function readArguments(call: JsonObject): string {
  const value = objectOf(call['function'])['arguments'];
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}
