import type { Router } from '../../gen/signalbox/router/v1/router_pb.ts';
import { toJsonData } from '../config/json-data.ts';
import { defaultWorkspace, workspaceSchema } from '../config/key-schema.ts';
import { showPath } from '../config/show-name.ts';
import type { FieldViolation } from '../core/errors.ts';
import { isJsonObject } from '../core/json.ts';
import { decodeRouter } from '../dialects/router-json/decode-router.ts';
import { joinViolations } from '../dialects/router-json/join-violations.ts';
import { checkDocumentSize } from './check-document-size.ts';
import { checkRouter } from './check-router.ts';
import { normaliseRouter } from './normalise-router.ts';
import { encodeRouterDocument } from './router-document.ts';
import type { RouterRules } from './router-limits.ts';

/** A router as a file holds it. */
export interface RouterEntry {
  readonly workspace: string;
  readonly router: Router;
  /** Where it stands, for messages, such as `team.yaml:3: routers[0]`. */
  readonly place: string;
}

/** One router, or what is wrong with it. */
export interface DecodedEntry {
  readonly entry: RouterEntry | undefined;
  /** One sentence each, with the place. */
  readonly problems: readonly string[];
}

/**
 * Reads one router of a file, and checks it as one that is sent is checked.
 *
 * @param data - what parseYaml gave.
 * @param path - where it is in its file.
 * @param locate - the file and line of a path in the file.
 */
export function decodeRouterEntry(
  data: unknown,
  path: readonly PropertyKey[],
  locate: (path: readonly PropertyKey[]) => string,
  rules: RouterRules,
): DecodedEntry {
  const describe = (field: string, description: string): string => {
    const steps = parsePath(field);
    const shown = [showPath(path), field].filter((part) => part !== '').join('.');
    return [locate([...path, ...steps]), shown, `${description}.`].filter((part) => part !== '').join(': ');
  };

  const { value, notNumbers } = toJsonData(data);
  if (!isJsonObject(value)) return { entry: undefined, problems: [describe('', 'it must be a router, with keys')] };
  const { workspace: givenWorkspace = defaultWorkspace, ...json } = value;
  const workspace = workspaceSchema.safeParse(givenWorkspace);
  const decoded = decodeRouter(json);
  const router = normaliseRouter(decoded.router);
  const unread: FieldViolation[] = [
    ...(workspace.success ? [] : [{ field: 'workspace', description: 'it is no name of a workspace' }]),
    ...notNumbers.map((steps) => ({ field: showPath(steps), description: 'it must be a number' })),
    ...decoded.violations,
  ];
  const violations = joinViolations(unread, checkRouter(router, rules));
  if (violations.length > 0 || !workspace.success) {
    return { entry: undefined, problems: violations.map(({ field, description }) => describe(field, description)) };
  }
  const tooLong = checkDocumentSize(encodeRouterDocument(router), rules);
  if (tooLong !== undefined) return { entry: undefined, problems: [describe('', tooLong.description)] };
  return { entry: { workspace: workspace.data, router, place: describePlace(path, locate) }, problems: [] };
}

function describePlace(path: readonly PropertyKey[], locate: (path: readonly PropertyKey[]) => string): string {
  return [locate(path), showPath(path)].filter((part) => part !== '').join(': ');
}

/** `routes[0].route` as steps. */
function parsePath(field: string): PropertyKey[] {
  return Array.from(field.matchAll(/\[(\d+)\]|([^.[\]]+)/g), ([, index, name = '']) =>
    index === undefined ? name : Number(index),
  );
}
