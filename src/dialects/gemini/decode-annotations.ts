import { create } from '@bufbuild/protobuf';
import { type Annotation, AnnotationSchema } from '../../../gen/signalbox/chat/v1/chat_completion_pb.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { count, objects, text } from '../read-values.ts';
import { ByteOffsets } from './byte-offsets.ts';

/** What a candidate says of its sources. */
export interface CandidateSources {
  readonly grounding: JsonObject | undefined;
  readonly citations: JsonObject | undefined;
}

interface Source {
  readonly url: string;
  readonly title: string;
  readonly content: string | undefined;
}

interface Span {
  readonly startIndex: number | undefined;
  readonly endIndex: number | undefined;
}

const nowhere: Span = { startIndex: undefined, endIndex: undefined };

/**
 * Decodes what a candidate says of its sources: pages that it is grounded in (ai.google.dev/api/generate-content#GroundingMetadata), one
 * annotation for each span and page, and pages that it recites (#CitationMetadata). A source without an address is left out.
 *
 * @param content - the candidate's text. `undefined`: it is too long to look for spans in.
 */
export function decodeAnnotations(sources: CandidateSources, content: string | undefined): Annotation[] {
  const offsets = content === undefined ? undefined : new ByteOffsets(content);
  return [...decodeGrounding(sources.grounding, offsets), ...decodeCitations(sources.citations, offsets)];
}

function decodeGrounding(grounding: JsonObject | undefined, offsets: ByteOffsets | undefined): Annotation[] {
  const chunks = objects(grounding?.['groundingChunks']).map(readSource);
  const used = new Set<number>();
  const annotations: Annotation[] = [];
  for (const support of objects(grounding?.['groundingSupports'])) {
    const segment = isJsonObject(support['segment']) ? support['segment'] : {};
    const span = findSpan(segment, offsets);
    for (const index of readIndices(support['groundingChunkIndices'])) {
      used.add(index);
      annotations.push(...createAnnotation(chunks[index], span));
    }
  }
  const others = chunks.filter((_, index) => !used.has(index));
  return [...annotations, ...others.flatMap((source) => createAnnotation(source, nowhere))];
}

/** AI Studio's name for the list is `citationSources`, Vertex AI's `citations`. */
function decodeCitations(metadata: JsonObject | undefined, offsets: ByteOffsets | undefined): Annotation[] {
  const citations = [...objects(metadata?.['citationSources']), ...objects(metadata?.['citations'])];
  return citations.flatMap((citation) => createAnnotation(readPage(citation), findSpan(citation, offsets)));
}

/** Where a segment stands in the text. Its offsets are of UTF-8 bytes; where its own text is not found there, they are of another text. */
function findSpan(segment: JsonObject, offsets: ByteOffsets | undefined): Span {
  const end = count(segment['endIndex']);
  if (offsets === undefined || end === undefined) return nowhere;
  const startIndex = offsets.toIndex(count(segment['startIndex']) ?? 0);
  const endIndex = offsets.toIndex(end);
  if (startIndex === undefined || endIndex === undefined || endIndex < startIndex) return nowhere;
  const quoted = text(segment['text']);
  const isThere = quoted === undefined || offsets.isAt(quoted, startIndex, endIndex);
  return isThere ? { startIndex, endIndex } : nowhere;
}

function readSource(chunk: JsonObject): Source | undefined {
  const page = [chunk['web'], chunk['maps'], chunk['retrievedContext']].find(isJsonObject);
  return page === undefined ? undefined : readPage(page);
}

function readPage(page: JsonObject): Source | undefined {
  const url = text(page['uri']);
  return url === undefined ? undefined : { url, title: text(page['title']) ?? '', content: text(page['text']) };
}

function readIndices(value: JsonValue | undefined): number[] {
  return Array.isArray(value) ? value.filter((index) => typeof index === 'number') : [];
}

function createAnnotation(source: Source | undefined, span: Span): Annotation[] {
  if (source === undefined) return [];
  return [create(AnnotationSchema, { type: 'url_citation', urlCitation: { ...source, ...span } })];
}
