import { clone } from '@bufbuild/protobuf';
import {
  type ChatCompletionRequest,
  ChatCompletionRequestSchema,
} from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { ContentPart } from '../../../gen/signalbox/chat/v1/message_pb.ts';
import { createError } from '../../core/errors.ts';
import { listImages } from '../../dialects/remote-images.ts';
import type { FetchRequestImages } from '../fetch-request-images.ts';

/** A request as Claude on Vertex AI takes it. */
export interface AdaptedRequest {
  readonly request: ChatCompletionRequest;
  /** What was left out, one sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Adapts a request to what Vertex AI does not have of Anthropic's own API: input by address, kept files, and service tiers
 * (platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai). The request that was given stays as it is.
 *
 * @throws SignalboxError REQUEST_UNSUPPORTED for files that only a reference stands for, or PROVIDER_REFUSED for images that cannot be had.
 */
export async function adaptClaudeRequest(
  request: ChatCompletionRequest,
  fetchImages: FetchRequestImages,
  signal: AbortSignal,
): Promise<AdaptedRequest> {
  refuseReferences(request);
  const images = listImages(request, (url) => !/^data:/i.test(url));
  const hasTier = request.serviceTier !== undefined;
  if (images.length === 0 && !hasTier) return { request, warnings: [] };
  const fetched = await fetchImages(images, signal);
  const adapted = clone(ChatCompletionRequestSchema, request);
  delete adapted.serviceTier;
  for (const { part } of adapted.messages.flatMap(({ contentParts }) => contentParts)) {
    if (part.case !== 'imageUrl') continue;
    const image = fetched.get(part.value.url);
    if (image !== undefined) part.value.url = `data:${image.mimeType};base64,${image.data}`;
  }
  return { request: adapted, warnings: hasTier ? ['Left out, since Vertex AI has no such tiers: service_tier.'] : [] };
}

function refuseReferences({ messages }: ChatCompletionRequest): void {
  for (const [at, { contentParts }] of messages.entries()) {
    for (const [index, { part }] of contentParts.entries()) refuseReference(part, `messages[${at}].content[${index}]`);
  }
}

function refuseReference(part: ContentPart['part'], place: string): void {
  if (part.case !== 'file') return;
  const { fileData, fileId } = part.value;
  const isReference = fileData === undefined ? fileId !== undefined : /^https?:/i.test(fileData);
  if (!isReference) return;
  const problem = `Claude on Vertex AI opens no addresses and keeps no files: send what ${place}.file stands for in file_data, as a data URI.`;
  throw createError('REQUEST_UNSUPPORTED', { problem }, { param: `${place}.file`, code: 'unsupported_value' });
}
