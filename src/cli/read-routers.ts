import type { Router } from '../../gen/signalbox/router/v1/router_pb.ts';
import { showName } from '../config/show-name.ts';
import type { FieldViolation } from '../core/errors.ts';
import { isJsonObject, type JsonObject } from '../core/json.ts';
import { decodeRouter } from '../dialects/router-json/decode-router.ts';
import type { Fault } from './cli-error.ts';
import { parseDocuments } from './parse-documents.ts';

/** A router of a file. */
export interface RouterSource {
  /** Where it stands, such as `routers.yaml: my-router`, as lines about it begin. */
  readonly place: string;
  /** As far as it could be read. Without a name when there is none in the file. */
  readonly router: Router;
  /** What of it could not be read, with paths as the file has them. */
  readonly unread: readonly FieldViolation[];
}

/** The routers of a text, and what is wrong with it. */
export interface ReadRouters {
  readonly sources: readonly RouterSource[];
  /** What is wrong beside the routers that could be read in part. */
  readonly faults: readonly Fault[];
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
  if (problems.length > 0) return createFaults(file, problems);
  const found = values.flatMap((value, index) => listRouters(value, values.length > 1 ? `document ${index + 1}` : ''));
  if (found.length === 0) return createFaults(file, ['it holds no router']);
  const results = found.map((candidate) => readRouter(file, candidate));
  return {
    sources: results.flatMap(({ sources }) => sources),
    faults: results.flatMap(({ faults }) => faults),
  };
}

function createFaults(place: string, problems: readonly string[]): ReadRouters {
  return { sources: [], faults: problems.map((description) => ({ place, field: '', description })) };
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
  if (problem !== undefined) return createFaults(place, [problem]);
  if (!isJsonObject(value)) return createFaults(place, ['a router is a map of its fields']);
  const { router, violations } = decodeRouter(value);
  if (router.name === '' && !violations.some(({ field }) => field === 'name')) {
    violations.push({ field: 'name', description: 'it is required, to tell which router is meant' });
  }
  const named = nameOf(value) === undefined ? place : `${file}: ${nameOf(value)}`;
  return { sources: [{ place: named, router, unread: violations }], faults: [] };
}

/** The name that a router of a file has. What is no text is told by the decoding. */
function nameOf(json: JsonObject): string | undefined {
  const name = json['name'];
  return typeof name === 'string' && name !== '' ? name : undefined;
}
