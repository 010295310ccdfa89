import type { ChatCompletionRequest } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';

/**
 * The names of one request's tools in a form that Cohere takes: letters, digits and `_`, no digit first
 * (docs.cohere.com/v2/reference/errors). OpenAI takes `-` as well, and many tools have one. Answers get the client's names back.
 */
export class ToolNames {
  readonly #sent = new Map<string, string>();
  readonly #meant = new Map<string, string>();

  /** @param names - all of the request's. Those that can stay as they are do, whichever come first. */
  constructor(names: Iterable<string>) {
    const others: string[] = [];
    for (const name of names) {
      if (toSafeName(name) === name) this.#add(name, name);
      else others.push(name);
    }
    for (const name of others) if (!this.#sent.has(name)) this.#add(name, this.#makeFree(toSafeName(name)));
  }

  /** The provider's name for one of the client's. */
  encode(name: string): string {
    return this.#sent.get(name) ?? name;
  }

  /** The client's name for one of the provider's. */
  decode(name: string): string {
    return this.#meant.get(name) ?? name;
  }

  #add(meant: string, sent: string): void {
    this.#sent.set(meant, sent);
    this.#meant.set(sent, meant);
  }

  #makeFree(name: string): string {
    let free = name;
    for (let count = 1; this.#meant.has(free); count += 1) free = `${name}_${count}`;
    return free;
  }
}

/** Every name of a tool in a request: of its tools, and of earlier calls. */
export function listToolNames({ tools, messages }: ChatCompletionRequest): string[] {
  const calls = messages.flatMap(({ toolCalls }) => toolCalls);
  return [
    ...tools.map((tool) => tool.function?.name ?? ''),
    ...calls.map((call) => call.custom?.name ?? call.function?.name ?? ''),
  ].filter((name) => name !== '');
}

function toSafeName(name: string): string {
  const clean = name.replace(/[^A-Za-z0-9_]/g, '_');
  return /^\d/.test(clean) ? `_${clean}` : clean;
}
