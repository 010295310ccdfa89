import type { SoakClient, SoakEnd } from './soak-client.ts';
import type { SoakLedger } from './soak-ledger.ts';
import type { SoakStep } from './soak-script.ts';
import type { SoakUpstream } from './soak-upstream.ts';

type ChatStep = Extract<SoakStep, { kind: 'chat' }>;

/** What a client waits for a call: several times what the configuration of the server lets any take. */
const patienceMs = 30_000;

/** Takes steps with clients, and tells the ledger what came of them. */
export class SoakLoad {
  readonly #upstream: SoakUpstream;
  readonly #ledger: SoakLedger;
  #calls = 0;
  #otherSteps = 0;

  constructor(upstream: SoakUpstream, ledger: SoakLedger) {
    this.#upstream = upstream;
    this.#ledger = ledger;
  }

  /** How often anything else than a chat call was done. */
  get otherSteps(): number {
    return this.#otherSteps;
  }

  /** Takes a step to its end. Never rejects: what fails that should not is told to the ledger. */
  async take(client: SoakClient, step: SoakStep): Promise<void> {
    if (step.kind === 'chat') {
      await this.#chat(client, step);
      return;
    }
    this.#otherSteps += 1;
    try {
      switch (step.kind) {
        case 'update-router':
          await client.updateRouter(step.router);
          break;
        case 'explain':
          await client.explain(step.model);
          break;
        case 'list-models':
          await client.listModels();
          break;
        case 'bad-request':
          await client.sendBadRequest();
          this.#ledger.addBadRequest();
          break;
      }
    } catch (thrown) {
      this.#ledger.addProblem(`${step.kind} by ${client.protocol} failed: ${String(thrown)}`);
    }
  }

  async #chat(client: SoakClient, step: ChatStep): Promise<void> {
    const { models, isStreamed, fault, isPersistent, leaves } = step;
    this.#calls += 1;
    const tag = this.#calls;
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort('the server takes too long'), patienceMs);
    this.#upstream.expect(tag, {
      fault,
      isPersistent,
      onRequest: leaves === 'at-provider' ? () => patience.abort('left') : undefined,
    });
    let end: SoakEnd;
    try {
      end = await client.chat({
        prompt: `soak-${tag}; count the words.`,
        models,
        isStreamed,
        leavesAfter: typeof leaves === 'number' ? leaves : undefined,
        signal: patience.signal,
      });
    } finally {
      clearTimeout(timer);
    }
    const providerRequests = this.#upstream.forget(tag);
    this.#ledger.addClientCall({ ...end, protocol: client.protocol, isStreamed, providerRequests });
  }
}
