import type { Attributes } from '@opentelemetry/api';
import { OutcomeAttributes } from './outcome-attributes.ts';

/** The attributes of one model's measurements. */
export interface ModelAttributes {
  /** Of metrics about calls of clients: the model is the one that answered. */
  readonly server: OutcomeAttributes;
  /** Of metrics about attempts: the model is the one that the provider was asked for. */
  readonly client: OutcomeAttributes;
  readonly cost: Attributes;
  readonly inputTokens: Attributes;
  readonly outputTokens: Attributes;
}

/** The model, or the provider, of what has no label of its own. */
const other = 'other';

/** Printable ASCII: a name that needs more is not worth a label. */
const labelPattern = /^[\x20-\x7e]{1,128}$/;

/**
 * Gives each model the labels of its measurements, and bounds how many there are.
 *
 * Callers choose model names, and a name that no catalogue knows goes to its provider as it is: labels taken from names would let
 * a caller fill the memory of this server and of Prometheus. A model gets its own label once it has answered, and only the first
 * `maxModels` do; every other measurement counts under `other` of its provider. (The SDK's own limit does not bound this: it holds
 * within one collection, and the series of all collections are kept.)
 */
export class ModelLabels {
  readonly #maxModels: number;
  readonly #models = new Map<string, ModelAttributes>();
  /** By provider: what is not a model of its own. Providers come from the configuration. */
  readonly #others = new Map<string, ModelAttributes>();

  constructor(maxModels: number) {
    this.#maxModels = maxModels;
  }

  /**
   * @param provider - `undefined` when none is known.
   * @param model - `provider/model`, `undefined` when none is known.
   * @param answered - whether the model answered just now.
   */
  resolve(provider: string | undefined, model: string | undefined, answered: boolean): ModelAttributes {
    if (provider !== undefined && model !== undefined) {
      const known = this.#models.get(model);
      if (known !== undefined) {
        return known;
      }
      const name = nameAtProvider(provider, model);
      if (answered && this.#models.size < this.#maxModels && labelPattern.test(name)) {
        const attributes = createModelAttributes(provider, name);
        this.#models.set(model, attributes);
        return attributes;
      }
    }
    return this.#resolveOther(provider ?? other);
  }

  #resolveOther(provider: string): ModelAttributes {
    let attributes = this.#others.get(provider);
    if (attributes === undefined) {
      attributes = createModelAttributes(provider, other);
      this.#others.set(provider, attributes);
    }
    return attributes;
  }
}

/** The provider is a label of its own, and the conventions ask for the model's exact name at the provider. */
function nameAtProvider(provider: string, model: string): string {
  return model.startsWith(`${provider}/`) ? model.slice(provider.length + 1) : model;
}

/** Names by OpenTelemetry's semantic conventions for generative AI. */
function createModelAttributes(provider: string, model: string): ModelAttributes {
  const operation = { 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': provider };
  const client = { ...operation, 'gen_ai.request.model': model };
  return {
    server: new OutcomeAttributes({ ...operation, 'gen_ai.response.model': model }),
    client: new OutcomeAttributes(client),
    cost: client,
    inputTokens: { ...client, 'gen_ai.token.type': 'input' },
    outputTokens: { ...client, 'gen_ai.token.type': 'output' },
  };
}
