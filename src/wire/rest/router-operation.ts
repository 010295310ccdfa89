import { create, toJson } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { RouterSchema } from '../../../gen/signalbox/router/v1/router_pb.ts';
import { OperationMetadataSchema } from '../../../gen/signalbox/router/v1/router_service_pb.ts';
import type { JsonObject } from '../../core/json.ts';
import { encodeRouter } from '../../dialects/router-json/encode-router.ts';
import type { OperationRow } from '../../storage/router-store.ts';
import type { WrittenRouter } from '../router-gateway.ts';
import { typeUrlOf } from './type-url.ts';

/** What an operation does. */
export type OperationVerb = 'create' | 'update';

/** How long an operation can be polled, in milliseconds. */
const operationTtlMs = 86_400_000;

/** An operation that is about to be done. */
export interface OperationIdentity {
  readonly workspace: string;
  /** Unique among all operations. */
  readonly id: string;
  readonly verb: OperationVerb;
}

/** A write that is done. */
export interface DoneWrite {
  readonly written: WrittenRouter;
  /** When, Unix time in milliseconds. A write that changed nothing leaves the router an earlier time. */
  readonly timeMs: number;
}

/**
 * Encodes a write that is done as a finished `google.longrunning.Operation` (google.aip.dev/151).
 *
 * @param isKept - whether it can be polled. One that only checked has no name.
 */
export function encodeOperation(
  identity: OperationIdentity,
  { written: { router, warnings }, timeMs }: DoneWrite,
  isKept: boolean,
): JsonObject {
  const metadata = create(OperationMetadataSchema, {
    router: router.name,
    verb: identity.verb,
    warnings: [...warnings],
    createTime: timestampFromMs(timeMs),
  });
  return {
    ...(isKept && { name: nameOf(identity) }),
    metadata: { '@type': typeUrlOf(OperationMetadataSchema), ...toJson(OperationMetadataSchema, metadata) },
    done: true,
    response: { '@type': typeUrlOf(RouterSchema), ...encodeRouter(router) },
  };
}

/** Makes the record of an operation that is stored together with what it writes, to be polled later. */
export function createOperationRow(
  identity: OperationIdentity,
  { timeMs }: DoneWrite,
  document: JsonObject,
): OperationRow {
  return {
    name: nameOf(identity),
    workspace: identity.workspace,
    document: JSON.stringify(document),
    expireTimeMs: timeMs + operationTtlMs,
  };
}

function nameOf({ workspace, id }: OperationIdentity): string {
  return `workspaces/${workspace}/operations/${id}`;
}
