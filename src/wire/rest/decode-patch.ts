import type { Router } from '../../../gen/signalbox/router/v1/router_pb.ts';
import type { FieldViolation } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { createFieldError, readString } from '../../core/json-fields.ts';
import { decodeRouter } from '../../dialects/router-json/decode-router.ts';
import { collectUpdateMask, decodeUpdateMask } from '../../dialects/router-json/decode-update-mask.ts';

/** A change of a router. */
export interface RouterPatch {
  readonly router: Router;
  /** Paths in the proto's names. Empty: there is nothing to change. */
  readonly mask: readonly string[];
  /** Everything that could not be read. */
  readonly violations: FieldViolation[];
}

/**
 * Decodes the body of a PATCH: the fields of a router, and beside them perhaps the mask.
 *
 * @param queryMask - the mask of the URL.
 * @throws SignalboxError INVALID_FIELD when there are several masks.
 */
export function decodePatch(body: JsonObject, queryMask: string | undefined): RouterPatch {
  const { update_mask: _snake, updateMask: _camel, ...fields } = body;
  const masks = [queryMask, readString(body, 'update_mask', ''), readString(body, 'updateMask', '')];
  const given = new Set(masks.filter((mask) => mask !== undefined));
  if (given.size > 1) throw createFieldError('update_mask', 'there are several that differ; give one');
  const [text = ''] = given;
  const { router, violations } = decodeRouter(fields);
  const mask = decodeUpdateMask(text);
  const isGiven = mask.paths.length + mask.violations.length > 0;
  return {
    router,
    mask: isGiven ? mask.paths : collectUpdateMask(fields),
    violations: [...mask.violations, ...violations],
  };
}
