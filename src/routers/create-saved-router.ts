import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { Router } from '../../gen/signalbox/router/v1/router_pb.ts';
import { createError } from '../core/errors.ts';
import { compileRouter } from './compile-router.ts';
import { decodeRouterDocument } from './router-document.ts';
import type { OnRouterNotice } from './router-notice.ts';
import type { RouterProgram } from './router-program.ts';
import type { SavedRouter } from './saved-router.ts';

/** What a saved router is made of. */
export interface SavedRouterContent extends Omit<SavedRouter, 'createResource' | 'program'> {
  /** What encodeRouterDocument wrote. */
  readonly document: string;
}

/** A router in force whose document is kept too. */
export interface DocumentedRouter extends SavedRouter {
  readonly document: string;
}

/**
 * Makes a router that is in force. Its document is read when it is first asked for, so that thousands of routers cost nothing at the
 * start. One that cannot be read makes `createResource` and `program` throw INTERNAL, and is told of once.
 */
export function createSavedRouter(content: SavedRouterContent, onNotice: OnRouterNotice): DocumentedRouter {
  const { workspace, name, document, etag, createTimeMs, updateTimeMs, file } = content;
  let program: RouterProgram | undefined;
  let isReported = false;

  function orDamaged<Result>(read: () => Result): Result {
    try {
      return read();
    } catch (cause) {
      if (!isReported) {
        isReported = true;
        const text = 'A stored router cannot be read, so calls of it fail. Save it again, or delete it.';
        onNotice({ kind: 'document-damaged', severity: 'error', text, fields: { workspace, router: name }, cause });
      }
      throw createError('INTERNAL', {}, { cause });
    }
  }

  return {
    workspace,
    name,
    document,
    etag,
    createTimeMs,
    updateTimeMs,
    file,
    createResource: () =>
      orDamaged((): Router => {
        const router = decodeRouterDocument(document);
        router.createTime = timestampFromMs(createTimeMs);
        router.updateTime = timestampFromMs(updateTimeMs);
        router.etag = etag;
        router.readOnly = file !== undefined;
        return router;
      }),
    get program() {
      program ??= orDamaged(() => compileRouter(decodeRouterDocument(document)));
      return program;
    },
  };
}
