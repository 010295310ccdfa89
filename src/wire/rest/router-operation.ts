import { create, toJson } from '@bufbuild/protobuf';
import { type Timestamp, timestampMs } from '@bufbuild/protobuf/wkt';
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

/** Encodes a write that is done as a finished `google.longrunning.Operation` (google.aip.dev/151). */
export function encodeOperation(identity: OperationIdentity, { router, warnings }: WrittenRouter): JsonObject {
  const metadata = create(OperationMetadataSchema, {
    router: router.name,
    verb: identity.verb,
    warnings: [...warnings],
    ...(router.updateTime && { createTime: router.updateTime }),
  });
  return {
    name: nameOf(identity),
    metadata: { '@type': typeUrlOf(OperationMetadataSchema), ...toJson(OperationMetadataSchema, metadata) },
    done: true,
    response: { '@type': typeUrlOf(RouterSchema), ...encodeRouter(router) },
  };
}

/** Makes the record of an operation that is stored together with what it writes, to be polled later. */
export function createOperationRow(
  identity: OperationIdentity,
  written: WrittenRouter,
  document: JsonObject,
): OperationRow {
  return {
    name: nameOf(identity),
    workspace: identity.workspace,
    document: JSON.stringify(document),
    expireTimeMs: readTimeMs(written.router.updateTime) + operationTtlMs,
  };
}

function nameOf({ workspace, id }: OperationIdentity): string {
  return `workspaces/${workspace}/operations/${id}`;
}

function readTimeMs(time: Timestamp | undefined): number {
  // The store stamps whatever it stores.
  if (time === undefined) throw new TypeError('a stored router has the time of its last change');
  return timestampMs(time);
}
