import type { ContentPart, File, Message } from '../../../gen/signalbox/chat/v1/message_pb.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { isDataUri } from '../data-uri.ts';
import { createImageFault, createRefusal, createRequestFault } from '../refusal.ts';
import type { Warnings } from '../warnings.ts';
import { decodeFile } from './decode-file.ts';

/** What the content of messages is encoded with. */
export interface PartsContext {
  readonly warnings: Warnings;
  /** Where texts go that the model shall answer from. `undefined`: the request leaves no place for them. */
  readonly documents: JsonObject[] | undefined;
}

/** Whose message it is: only a user's has images, and only a user's and a tool's have documents. */
type Speaker = 'system' | 'assistant' | 'user' | 'tool';

/**
 * Encodes what a message says as parts. Texts from a user's files go among the documents of the request. Text without a character says
 * nothing and is left out.
 *
 * @param path - where the message stands, for errors.
 * @throws SignalboxError REQUEST_UNSUPPORTED for content that Cohere's models do not take, and PROVIDER_REFUSED for what is wrong in itself.
 */
export function encodeParts(message: Message, speaker: Speaker, path: string, context: PartsContext): JsonObject[] {
  if (message.contentParts.length === 0) return encodeText(message.content ?? '');
  // A user that sends nothing but files says what is in them.
  const hasWords = message.contentParts.some(({ part }) => part.case === 'text' && part.value.trim() !== '');
  const documents = hasWords && speaker === 'user' ? context.documents : undefined;
  return message.contentParts.flatMap((part, index) =>
    encodePart(part, speaker, `${path}.content[${index}]`, { ...context, documents }),
  );
}

/** Encodes text as one part, or as none. */
export function encodeText(text: string): JsonObject[] {
  return text === '' ? [] : [{ type: 'text', text }];
}

/** The shortest form of parts: one text is a string. */
export function toContent(parts: JsonObject[]): JsonValue {
  const [only] = parts;
  return parts.length === 1 && typeof only?.['text'] === 'string' ? only['text'] : parts;
}

function encodePart({ part, type }: ContentPart, speaker: Speaker, path: string, context: PartsContext): JsonObject[] {
  switch (part.case) {
    case 'text':
    case 'refusal':
      return encodeText(part.value);
    case 'imageUrl':
      return [encodeImage(part.value.url, part.value.detail, speaker, path)];
    case 'inputAudio':
      throw createRefusal(path, 'Cohere’s models take no audio. Send text, or name a model that takes it.');
    case 'file':
      return encodeFile(part.value, speaker, path, context);
    case 'other': {
      // Cohere's own form, which a client may put among the parts: OpenAI has none that could mean it.
      const document = type === 'document' ? part.value['document'] : undefined;
      if (isJsonObject(document)) return encodeDocument(document, speaker, path, context);
      throw createRefusal(path, `Cohere’s API has no content of the type ${type.slice(0, 100)}. Leave it out.`);
    }
    case undefined:
      return [];
  }
}

/** docs.cohere.com/docs/image-inputs. */
function encodeImage(url: string, detail: string | undefined, speaker: Speaker, path: string): JsonObject {
  if (speaker !== 'user') throw createRefusal(path, 'Cohere’s API takes images only in the messages of users.');
  if (!/^(?:https?:\/\/|data:)/i.test(url)) throw createImageFault(path, url);
  return { type: 'image_url', image_url: detail === undefined ? { url } : { url, detail } };
}

/** Cohere takes no files, but the text in them: docs.cohere.com/docs/retrieval-augmented-generation-rag. */
function encodeFile(file: File, speaker: Speaker, path: string, { documents }: PartsContext): JsonObject[] {
  const content = decodeFile(file);
  const { filename, fileData, fileId } = file;
  if (content === undefined) {
    const isElsewhere = fileData ? !isDataUri(fileData) : Boolean(fileId);
    if (isElsewhere) throw createRefusal(path, 'Cohere’s API keeps no files. Send file_data as a data URI.');
    throw createRequestFault(path, 'A file needs file_data. Send file_data as a data URI.');
  }
  switch (content.kind) {
    case 'image':
      return [encodeImage(content.url, undefined, speaker, path)];
    case 'text': {
      const { text } = content;
      if (documents === undefined) return encodeText(filename === undefined ? text : `${filename}:\n\n${text}`);
      documents.push({ data: filename === undefined ? { text } : { title: filename, text } });
      return [];
    }
    case 'other': {
      const type = content.mimeType.slice(0, 100) || 'files of a type that is not named';
      throw createRefusal(path, `Cohere’s models take texts and images, not ${type}. Send the text that is in it.`);
    }
  }
}

function encodeDocument(document: JsonObject, speaker: Speaker, path: string, context: PartsContext): JsonObject[] {
  if (speaker === 'tool') return [{ type: 'document', document }];
  if (speaker !== 'user') throw createRefusal(path, 'Cohere’s API takes documents only from users and tools.');
  if (context.documents === undefined) return encodeText(JSON.stringify(document));
  context.documents.push({ ...document });
  return [];
}
