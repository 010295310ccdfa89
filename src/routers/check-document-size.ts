import type { FieldViolation } from '../core/errors.ts';
import type { RouterLimits } from './router-limits.ts';

const defaultMaxRouterBytes = 1024 * 1024;

/** What is wrong with the length of a router's JSON, as encodeRouterDocument writes it. `undefined`: nothing. */
export function checkDocumentSize(
  document: string,
  { maxRouterBytes = defaultMaxRouterBytes }: Pick<RouterLimits, 'maxRouterBytes'>,
): FieldViolation | undefined {
  const bytes = Buffer.byteLength(document);
  if (bytes <= maxRouterBytes) return undefined;
  return { field: '', description: `the router must have at most ${maxRouterBytes} bytes as JSON, not ${bytes}` };
}
