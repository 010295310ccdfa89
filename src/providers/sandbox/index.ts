import type { Clock } from '../../core/clock.ts';
import { createError, type SignalboxError } from '../../core/errors.ts';
import type { ChatReply, Provider, ProviderKind } from '../provider.ts';
import { listLeftOut } from './left-out.ts';
import { planPieces } from './plan-pieces.ts';
import { countPromptTokens } from './prompt-tokens.ts';
import { sandboxModels } from './sandbox-models.ts';
import { defaultSchemaLimits, type SchemaLimits } from './schema/schema-limits.ts';
import { createStopped, streamAnswer } from './stream-answer.ts';

/** Bounds of the sandbox. */
export interface SandboxLimits {
  /** The most tokens of one choice, whatever the request allows. Default 32,768. */
  readonly maxAnswerTokens: number;
  /** Bounds on what is done with the schemas of tools and answers. */
  readonly schema: SchemaLimits;
}

const defaultLimits: SandboxLimits = { maxAnswerTokens: 32_768, schema: defaultSchemaLimits };
const maxModelNameLength = 128;

/**
 * The built-in provider: models that answer from the request alone, in-process and always the same, so that clients can be
 * written and tested with no key and no network. The models are in docs/sandbox.md.
 */
export const sandbox: ProviderKind = {
  kind: 'sandbox',
  // Nothing is reached, so nothing has to be configured.
  baseUrl: '',
  apiKeyVariable: undefined,
  builtIn: true,
  create: (id, _settings, { clock }) => createSandbox(id, clock),
};

/**
 * Makes a sandbox.
 *
 * @param id - its name in `provider/model`.
 * @param clock - what the slow models wait by.
 */
export function createSandbox(id: string, clock: Clock, limits: SandboxLimits = defaultLimits): Provider {
  return {
    id,
    dialect: 'none',
    async startChat({ model: name, request, signal }): Promise<ChatReply> {
      if (signal.aborted) {
        throw createStopped(id);
      }
      const model = sandboxModels.get(name);
      if (model === undefined) {
        throw createModelUnknown(name);
      }
      const answer = model.answer(request, { provider: id, schemaLimits: limits.schema });
      const maxTokens = request.maxCompletionTokens ?? request.maxTokens ?? limits.maxAnswerTokens;
      const events = streamAnswer({
        provider: id,
        planned: planPieces(answer, Math.min(maxTokens, limits.maxAnswerTokens), request.stop),
        citations: answer.citations ?? [],
        promptTokens: countPromptTokens(request.messages),
        choices: request.n ?? 1,
        callIdPrefix: `call_sandbox_${request.messages.length}`,
        pace: model,
        breaksOff: model.breaksOff ?? false,
        clock,
        signal,
      });
      return { events, warnings: listLeftOut(request, model) };
    },
    // Nothing answers over HTTP here, so there is nothing to tell apart.
    classifyError: (status) =>
      createError('PROVIDER_FAILED', { provider: id, status, problem: 'The sandbox has no upstream.' }),
  };
}

function createModelUnknown(name: string): SignalboxError {
  const known = Array.from(sandboxModels.keys()).join(', ');
  return createError(
    'PROVIDER_REFUSED',
    { problem: `The sandbox has no model ${name.slice(0, maxModelNameLength)}. Its models are ${known}.` },
    { httpStatus: 404, code: 'model_not_found', param: 'model' },
  );
}
