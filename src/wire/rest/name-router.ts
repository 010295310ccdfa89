import type { Router } from '../../../gen/signalbox/router/v1/router_pb.ts';
import type { FieldViolation } from '../../core/errors.ts';
import { stripCollection } from '../../dialects/router-json/strip-collection.ts';

/**
 * Gives a router the name that its URL says.
 *
 * @param violations - gets another one when the body says another name.
 */
export function nameRouter(router: Router, nameInUrl: string, violations: FieldViolation[]): void {
  const name = stripCollection(nameInUrl);
  if (router.name !== '' && router.name !== name) {
    violations.push({ field: 'name', description: 'it is another name than that in the URL; leave one of them out' });
  }
  router.name = name;
}
