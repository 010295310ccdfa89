import type { Router } from '../../gen/signalbox/router/v1/router_pb.ts';
import { showName } from '../config/show-name.ts';
import { isJsonObject, type JsonObject } from '../core/json.ts';
import { decodeRouter } from '../dialects/router-json/decode-router.ts';
import { describeViolation } from './describe-violation.ts';
import { parseDocuments } from './parse-documents.ts';

/** A router of a file. */
export interface RouterSource {
  /** Where it stands, such as `routers.yaml: my-router`, as lines about it begin. */
  readonly place: string;
  readonly router: Router;
}

/** The routers of a text, and what is wrong with it. */
export interface ReadRouters {
  /** Those that could be read whole. */
  readonly sources: readonly RouterSource[];
  /** A line each, with the place and the field. */
  readonly problems: readonly string[];
}

/** What the answer of `GET /router/v1/routers` has beside its routers. */
const pageFields: ReadonlySet<string> = new Set(['routers', 'next_page_token', 'nextPageToken']);

/**
 * Reads routers from YAML or JSON: one, a list, `{routers: [...]}`, or several YAML documents, each of which is any of these.
 *
 * @param file - what messages call the text.
 */
export function readRouters(file: string, text: string): ReadRouters {
  const { values, problems } = parseDocuments(text);
  if (problems.length > 0) return { sources: [], problems: problems.map((problem) => `${file}: ${problem}`) };
  const found = values.flatMap((value, index) => listRouters(value, values.length > 1 ? `document ${index + 1}` : ''));
  if (found.length === 0) return { sources: [], problems: [`${file}: it holds no router`] };
  const results = found.map((candidate) => readRouter(file, candidate));
  return {
    sources: results.flatMap(({ sources }) => sources),
    problems: results.flatMap((result) => result.problems),
  };
}

/** What stands where a router belongs. */
interface Candidate {
  readonly value: unknown;
  /** Where it stands in its file, such as `document 2, routers[1]`. Empty: it is all of the file. */
  readonly position: string;
  /** What is wrong with what it stands in. */
  readonly problem?: string;
}

function listRouters(value: unknown, document: string): Candidate[] {
  if (Array.isArray(value)) return listEntries(value, document, '');
  if (!isJsonObject(value) || !Array.isArray(value['routers'])) return [{ value, position: document }];
  const other = Object.keys(value).find((key) => !pageFields.has(key));
  const entries = listEntries(value['routers'], document, 'routers');
  if (other === undefined) return entries;
  const problem = `${showName(other)} stands beside routers; a file of routers holds nothing else`;
  return [{ value: undefined, position: document, problem }, ...entries];
}

function listEntries(list: readonly unknown[], document: string, name: string): Candidate[] {
  return list.map((value, index) => ({ value, position: joinPosition(document, `${name}[${index}]`) }));
}

function joinPosition(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(', ');
}

function readRouter(file: string, { value, position, problem }: Candidate): ReadRouters {
  const place = [file, position].filter((part) => part !== '').join(': ');
  if (problem !== undefined) return { sources: [], problems: [`${place}: ${problem}`] };
  if (!isJsonObject(value)) return { sources: [], problems: [`${place}: a router is a map of its fields`] };
  const named = `${file}: ${nameOf(value) ?? position}`.replace(/: $/, '');
  const { router, violations } = decodeRouter(value);
  const problems = violations.map((violation) => `${named}: ${describeViolation(violation)}`);
  if (nameOf(value) === undefined) {
    problems.push(`${place}: name: it is required, to tell which router is meant`);
  }
  return problems.length > 0 ? { sources: [], problems } : { sources: [{ place: named, router }], problems: [] };
}

/** The name that a router of a file has. What is no text is told by the decoding. */
function nameOf(json: JsonObject): string | undefined {
  const name = json['name'];
  return typeof name === 'string' && name !== '' ? name : undefined;
}
