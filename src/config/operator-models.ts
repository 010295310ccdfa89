/** How good the operator finds a model, from 0 to 100. */
export interface OperatorScores {
  readonly intelligence?: number | undefined;
  readonly coding?: number | undefined;
  readonly math?: number | undefined;
}

/** What the operator says of a model, under the names of the file. What is not there is left as the catalogue has it. */
export interface OperatorModel {
  readonly display_name?: string | undefined;
  readonly creator?: string | undefined;
  readonly canonical_name?: string | undefined;
  readonly aliases?: readonly string[] | undefined;
  readonly input_modalities?: readonly string[] | undefined;
  readonly output_modalities?: readonly string[] | undefined;
  readonly context_tokens?: number | undefined;
  readonly max_output_tokens?: number | undefined;
  readonly capabilities?:
    | {
        readonly function_calling?: boolean | undefined;
        readonly response_schema?: boolean | undefined;
        readonly reasoning?: boolean | undefined;
        readonly web_search?: boolean | undefined;
        readonly prompt_caching?: boolean | undefined;
      }
    | undefined;
  /** As it is written, since names of keys change their form. Checked by the schema. */
  readonly prices?: unknown;
  readonly scores?: OperatorScores | undefined;
  readonly release_date?: string | undefined;
  readonly deprecated?: boolean | undefined;
}

/**
 * The operator's models by `provider/model`, as they are written and checked. Frozen at every depth, the names of its keys untouched: they
 * are names of models and of prices.
 */
export class OperatorModels {
  readonly models: Readonly<Record<string, OperatorModel>>;

  constructor(models: Readonly<Record<string, OperatorModel>>) {
    this.models = freezeData(models);
    Object.freeze(this);
  }
}

function freezeData<Data>(data: Data): Data {
  if (typeof data !== 'object' || data === null || Object.isFrozen(data)) return data;
  for (const item of Object.values(data)) freezeData(item);
  return Object.freeze(data);
}
