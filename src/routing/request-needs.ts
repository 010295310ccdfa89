import type { ChatCompletionRequest } from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { Modality } from '../catalog/catalog-model.ts';
import { estimateRequest, type RequestEstimate, readMaxTokens } from './estimate-request.ts';
import { measureMedia } from './measure-media.ts';

/** What a call needs of the model that answers it. */
export interface RequestNeeds {
  /** To call tools: there are some, or the conversation has calls or results of some. */
  readonly tools: boolean;
  readonly imageInput: boolean;
  readonly audioInput: boolean;
  readonly videoInput: boolean;
  readonly fileInput: boolean;
  /** To keep to a JSON schema. `json_object` asks for less, which models without schemas do too, so it is no need. */
  readonly jsonSchema: boolean;
  /** To reason: the request asks for an effort other than `none`, or allows tokens for it. */
  readonly reasoning: boolean;
  /** To write text: always, unless the request lists what it wants and text is not there. */
  readonly textOutput: boolean;
  readonly imageOutput: boolean;
  readonly audioOutput: boolean;
  /** To search the web by itself. */
  readonly webSearch: boolean;
  /** Tokens of the prompt and of the longest answer that the request allows, or else of one of usual length. An estimate. */
  readonly contextTokens: number;
  /** Tokens of the longest answer that the request allows. `undefined`: it does not say. */
  readonly outputTokens: number | undefined;
}

/** @param estimate - how large the request is. Default: what estimateRequest says. */
export function findNeeds(
  request: ChatCompletionRequest,
  estimate: RequestEstimate = estimateRequest(request),
): RequestNeeds {
  const { extraBody, messages, modalities, responseFormat, tools, webSearchOptions } = request;
  const inputs = new Set<Modality | undefined>();
  for (const { contentParts } of messages) for (const part of contentParts) inputs.add(measureMedia(part)?.modality);
  const outputTokens = readMaxTokens(request);
  return {
    tools: tools.length > 0 || messages.some(({ role, toolCalls }) => role === 'tool' || toolCalls.length > 0),
    imageInput: inputs.has('image'),
    audioInput: inputs.has('audio'),
    videoInput: inputs.has('video'),
    fileInput: inputs.has('file'),
    jsonSchema: responseFormat?.type === 'json_schema',
    reasoning: asksForReasoning(request),
    textOutput: modalities.length === 0 || modalities.includes('text'),
    imageOutput: modalities.includes('image'),
    audioOutput: modalities.includes('audio'),
    webSearch: (extraBody?.webSearchOptions ?? webSearchOptions) !== undefined,
    contextTokens: estimate.promptTokens + (outputTokens ?? estimate.completionTokens),
    outputTokens,
  };
}

/** As the API has it: `reasoning.effort` before `reasoning_effort`. */
function asksForReasoning({ extraBody, reasoningEffort }: ChatCompletionRequest): boolean {
  const effort = extraBody?.reasoning?.effort ?? reasoningEffort;
  return effort === undefined ? extraBody?.reasoning?.maxTokens !== undefined : effort !== 'none';
}
