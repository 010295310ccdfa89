import type { DescMessage } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import * as completion from '../../gen/signalbox/chat/v1/chat_completion_pb.ts';
import * as request from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import * as slice from '../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import * as metadata from '../../gen/signalbox/chat/v1/completion_metadata_pb.ts';
import * as logprobs from '../../gen/signalbox/chat/v1/logprobs_pb.ts';
import * as message from '../../gen/signalbox/chat/v1/message_pb.ts';
import { ReasoningSchema } from '../../gen/signalbox/chat/v1/reasoning_pb.ts';
import * as responseFormat from '../../gen/signalbox/chat/v1/response_format_pb.ts';
import * as tool from '../../gen/signalbox/chat/v1/tool_pb.ts';
import * as usage from '../../gen/signalbox/chat/v1/usage_pb.ts';
import * as webSearch from '../../gen/signalbox/chat/v1/web_search_pb.ts';
import * as model from '../../gen/signalbox/model/v1/model_pb.ts';
import { ListModelsResponseSchema } from '../../gen/signalbox/model/v1/model_service_pb.ts';
import * as router from '../../gen/signalbox/router/v1/router_pb.ts';
import { ListRoutersResponseSchema, OperationMetadataSchema } from '../../gen/signalbox/router/v1/router_service_pb.ts';
import * as explanation from '../../gen/signalbox/router/v1/routing_explanation_pb.ts';
import * as variant from '../../gen/signalbox/router/v1/variant_pb.ts';
import { hoistedFields } from '../../src/dialects/openai-chat/decode-extra-body.ts';
import { find, listProperties } from './openapi-document.ts';

/** A schema that is one message of the proto in JSON, or several in one object. */
interface Row {
  readonly schema: string;
  readonly messages: readonly DescMessage[];
  /** What JSON has beside the fields of the messages. */
  readonly more?: readonly string[];
  /** What it lacks of them. */
  readonly less?: readonly string[];
}

const compoundFields = router.RouterSchema.fields.filter(({ name, jsonName }) => name !== jsonName);
const snakeCaseNames = compoundFields.map(({ name }) => name);
const camelCaseNames = compoundFields.map(({ jsonName }) => jsonName);

/** The schemas that are messages of the proto in JSON. */
const rows: readonly Row[] = [
  // The fields of extra_body stand at the root as well. Unknown fields need no field of their own in JSON.
  {
    schema: 'ChatCompletionRequest',
    messages: [request.ChatCompletionRequestSchema],
    more: hoistedFields,
    less: ['extra_fields'],
  },
  { schema: 'StreamOptions', messages: [request.StreamOptionsSchema] },
  { schema: 'ExtraBody', messages: [request.ExtraBodySchema] },
  { schema: 'ProviderPreferences', messages: [request.ProviderPreferencesSchema] },
  { schema: 'Fallback', messages: [request.FallbackSchema] },
  { schema: 'Reasoning', messages: [ReasoningSchema] },
  { schema: 'WebSearch', messages: [webSearch.WebSearchSchema] },
  { schema: 'WebSearchOptions', messages: [webSearch.WebSearchOptionsSchema] },
  { schema: 'ImageConfig', messages: [request.ImageConfigSchema] },
  // Parts are an array in `content`.
  { schema: 'Message', messages: [message.MessageSchema], less: ['content_parts'] },
  { schema: 'Compression', messages: [message.CompressionSchema] },
  // What is of another type is there as it is.
  { schema: 'ContentPart', messages: [message.ContentPartSchema], less: ['other'] },
  { schema: 'ImageUrl', messages: [message.ImageUrlSchema] },
  { schema: 'InputAudio', messages: [message.InputAudioSchema] },
  { schema: 'File', messages: [message.FileSchema] },
  { schema: 'CacheControl', messages: [message.CacheControlSchema] },
  { schema: 'ReasoningDetail', messages: [message.ReasoningDetailSchema] },
  { schema: 'MessageToolCall', messages: [message.ToolCallSchema] },
  { schema: 'Tool', messages: [tool.ToolSchema], less: ['other'] },
  // The mode is a string, and the function has its type beside it.
  { schema: 'ToolChoice', messages: [tool.ToolChoiceSchema], more: ['type'], less: ['mode', 'other'] },
  { schema: 'FunctionDefinition', messages: [tool.FunctionDefinitionSchema] },
  { schema: 'ResponseFormat', messages: [responseFormat.ResponseFormatSchema] },
  { schema: 'JsonSchemaFormat', messages: [responseFormat.JsonSchemaFormatSchema] },
  { schema: 'ChatCompletion', messages: [completion.ChatCompletionSchema], more: ['object'] },
  { schema: 'Choice', messages: [completion.ChoiceSchema] },
  { schema: 'AssistantMessage', messages: [completion.AssistantMessageSchema] },
  { schema: 'ToolCall', messages: [message.ToolCallSchema] },
  { schema: 'Annotation', messages: [completion.AnnotationSchema] },
  { schema: 'UrlCitation', messages: [completion.UrlCitationSchema] },
  { schema: 'Image', messages: [completion.ImageSchema] },
  { schema: 'OutputImageUrl', messages: [message.ImageUrlSchema], less: ['detail'] },
  { schema: 'OutputAudio', messages: [completion.OutputAudioSchema] },
  { schema: 'Logprobs', messages: [logprobs.LogprobsSchema] },
  { schema: 'TokenLogprob', messages: [logprobs.TokenLogprobSchema] },
  { schema: 'TopLogprob', messages: [logprobs.TopLogprobSchema] },
  { schema: 'Usage', messages: [usage.UsageSchema] },
  { schema: 'PromptTokensDetails', messages: [usage.PromptTokensDetailsSchema] },
  { schema: 'CompletionTokensDetails', messages: [usage.CompletionTokensDetailsSchema] },
  { schema: 'CompletionMetadata', messages: [metadata.CompletionMetadataSchema] },
  { schema: 'Attempt', messages: [metadata.AttemptSchema] },
  // A chunk has what the three slices have. The generation id is in its metadata.
  {
    schema: 'ChatCompletionChunk',
    messages: [slice.HeadSchema, slice.FinishSchema],
    more: ['object'],
    less: ['generation_id'],
  },
  // What belongs to a choice and not to its text stands beside `delta`.
  { schema: 'ChunkDelta', messages: [slice.DeltaSchema], more: ['role', 'annotations'], less: ['index', 'logprobs'] },
  { schema: 'ChunkChoice', messages: [slice.ChoiceFinishSchema], more: ['delta', 'logprobs'], less: ['annotations'] },
  { schema: 'ToolCallDelta', messages: [slice.ToolCallDeltaSchema] },
  // The names of a router itself are in camelCase, those inside it are not.
  { schema: 'Router', messages: [router.RouterSchema], more: camelCaseNames, less: snakeCaseNames },
  {
    schema: 'RouterPatch',
    messages: [router.RouterSchema],
    more: [...camelCaseNames, 'update_mask'],
    less: snakeCaseNames,
  },
  {
    schema: 'OperationResponse',
    messages: [router.RouterSchema],
    more: [...camelCaseNames, '@type'],
    less: snakeCaseNames,
  },
  { schema: 'RouterDefaults', messages: [router.RouterDefaultsSchema] },
  { schema: 'ConditionalRoute', messages: [router.ConditionalRouteSchema] },
  { schema: 'Condition', messages: [router.ConditionSchema] },
  { schema: 'Route', messages: [router.RouteSchema] },
  { schema: 'WeightedVariant', messages: [router.WeightedVariantSchema] },
  { schema: 'Variant', messages: [variant.VariantSchema] },
  { schema: 'ModelSelection', messages: [variant.ModelSelectionSchema] },
  { schema: 'SortCriterion', messages: [variant.SortCriterionSchema] },
  { schema: 'TextGenerationConfig', messages: [variant.TextGenerationConfigSchema] },
  { schema: 'LogitBias', messages: [variant.LogitBiasSchema] },
  { schema: 'MessageTemplate', messages: [variant.MessageTemplateSchema] },
  { schema: 'TextItem', messages: [variant.TextItemSchema] },
  { schema: 'ToolCallTemplate', messages: [variant.ToolCallTemplateSchema] },
  { schema: 'RouterPage', messages: [ListRoutersResponseSchema] },
  {
    schema: 'OperationMetadata',
    messages: [OperationMetadataSchema],
    more: ['@type', 'createTime'],
    less: ['create_time'],
  },
  { schema: 'RoutingExplanation', messages: [explanation.RoutingExplanationSchema] },
  { schema: 'RouteVerdict', messages: [explanation.RouteVerdictSchema] },
  { schema: 'VariantDraw', messages: [explanation.VariantDrawSchema] },
  { schema: 'CandidateVerdict', messages: [explanation.CandidateVerdictSchema] },
  { schema: 'CallEstimate', messages: [explanation.CallEstimateSchema] },
  { schema: 'RoutingRefusal', messages: [explanation.RoutingRefusalSchema] },
  // All of a model is in camelCase.
  ...(
    [
      ['ModelCatalog', ListModelsResponseSchema],
      ['Model', model.ModelSchema],
      ['Pricing', model.PricingSchema],
      ['ModelSpec', model.ModelSpecSchema],
      ['ModelCapabilities', model.CapabilitiesSchema],
      ['ReasoningCapability', model.ReasoningCapabilitySchema],
      ['ModelScore', model.ScoreSchema],
      ['ModelPerformance', model.PerformanceSchema],
    ] as const
  ).map(([schema, message]) => ({ schema, messages: [message], ...listCamelCase(message) })),
];

/** The names that a message has in camelCase, and those that take their place. */
function listCamelCase({ fields }: DescMessage): Pick<Row, 'more' | 'less'> {
  const compound = fields.filter(({ name, jsonName }) => name !== jsonName);
  return { more: compound.map(({ jsonName }) => jsonName), less: compound.map(({ name }) => name) };
}

/** The schemas that are no message: parts of others, and what only JSON has. */
const otherSchemas = [
  ...['TextPart', 'ImagePart', 'AudioPart', 'FilePart', 'RefusalPart', 'TokenBytes'],
  ...['StreamEventData', 'ErrorResponse', 'Error', 'ErrorMetadata', 'FieldViolation'],
  ...['ModelScores', 'CallableModelList', 'CallableModel'],
  ...['Operation', 'Status', 'StatusDetail'],
  ...['CompletionId', 'GenerationId', 'ServedModel', 'UnixSeconds', 'FinishReason', 'NativeFinishReason'],
];

describe('openapi.json', () => {
  test.each(rows)('$schema has the fields of its message', ({ schema, messages, more = [], less = [] }) => {
    const fields = messages.flatMap((descriptor) => descriptor.fields.map((field) => field.name));
    expect(fields).toEqual(expect.arrayContaining([...less]));
    const expected = [...fields.filter((name) => !less.includes(name)), ...more];
    expect([...listProperties(schema)].sort()).toEqual(expected.sort());
  });

  test('every schema is compared with its message or known to have none', () => {
    const known = [...rows.map(({ schema }) => schema), ...otherSchemas];
    expect(Object.keys(find('/components/schemas')).sort()).toEqual(known.sort());
  });

  test('fields of extra_body at the root are the same ones', () => {
    for (const field of hoistedFields) {
      expect(find(`/components/schemas/ChatCompletionRequest/properties/${field}`)).toMatchObject({
        $ref: `#/components/schemas/ExtraBody/properties/${field}`,
      });
    }
  });
});
