import type { Router } from '../../gen/signalbox/router/v1/router_pb.ts';
import type { RouterProgram } from './router-program.ts';

/** A router that is in force. */
export interface SavedRouter {
  readonly workspace: string;
  readonly name: string;
  readonly etag: string;
  /** Unix time in milliseconds. Of a router from a file: when the file was first and last read with another content. */
  readonly createTimeMs: number;
  readonly updateTimeMs: number;
  /** The file that it comes from, as messages show it. `undefined`: it was saved through the API. */
  readonly file: string | undefined;
  /** The router as the API shows it, times, etag and read_only included. A copy that belongs to the caller. */
  createResource(): Router;
  /** What a call runs. Made at first use and kept. */
  readonly program: RouterProgram;
}
