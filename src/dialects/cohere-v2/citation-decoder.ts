import { create } from '@bufbuild/protobuf';
import { type Annotation, AnnotationSchema } from '../../../gen/signalbox/chat/v1/chat_completion_pb.ts';
import type { JsonObject } from '../../core/json.ts';
import { count, objectOf, oneOrMore, piece, text } from '../read-values.ts';
import { CitedTexts, type Span } from './cited-texts.ts';

/** More than any answer has. Those beyond are left out, so that a stream without end fills no memory. */
const maxCitations = 10_000;

interface Page {
  readonly url: string;
  readonly title: string;
}

/** What is kept of a citation: its sources can repeat whole documents. */
interface Citation {
  readonly pages: readonly Page[];
  readonly place: { readonly block: number | undefined; readonly start: number; readonly end: number } | undefined;
  readonly quoted: string | undefined;
}

/**
 * Decodes the citations of one answer: docs.cohere.com/docs/rag-citations. Each source that has the address of a page is an annotation.
 * Others are documents and results that the client itself sent, and are left out: OpenAI's form has no place for a source without an
 * address.
 *
 * They are told at the end, where the text that they name is there in any case: in which order both come is the provider's choice.
 */
export class CitationDecoder {
  readonly #texts = new CitedTexts();
  readonly #citations: Citation[] = [];

  /** Takes text that can be cited. */
  addText(block: number, content: string): void {
    if (content !== '') this.#texts.add(block, content);
  }

  /** Takes a citation. */
  add(json: JsonObject): void {
    const pages = oneOrMore(json['sources']).flatMap(readPage);
    if (pages.length === 0 || this.#citations.length === maxCitations) return;
    this.#citations.push({ pages, place: readPlace(json), quoted: piece(json['text']) });
  }

  /** All of them as annotations. */
  end(): Annotation[] {
    return this.#citations.flatMap(({ pages, place, quoted }) => {
      const span: Partial<Span> =
        place === undefined ? {} : this.#texts.find(place.block, place.start, place.end, quoted);
      return pages.map((page) => create(AnnotationSchema, { type: 'url_citation', urlCitation: { ...page, ...span } }));
    });
  }
}

function readPage(source: JsonObject): Page[] {
  const page = { ...objectOf(source['document']), ...objectOf(source['tool_output']) };
  const url = text(page['url']);
  return url !== undefined && /^https?:\/\//i.test(url) ? [{ url, title: text(page['title']) ?? '' }] : [];
}

/** Plans and thinking have citations too, but annotations have places in the text alone. */
function readPlace(json: JsonObject): Citation['place'] {
  const type = text(json['type']) ?? 'TEXT_CONTENT';
  const [start, end] = [count(json['start']), count(json['end'])];
  if (type !== 'TEXT_CONTENT' || start === undefined || end === undefined) return undefined;
  return { block: count(json['content_index']), start, end };
}
