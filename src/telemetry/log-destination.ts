import { write, writeSync } from 'node:fs';
import type { Clock } from '../core/clock.ts';

export interface LogDestinationOptions {
  /** Where to write: an open file descriptor, such as 1 for standard output. It stays open. */
  readonly fd: number;
  readonly clock: Clock;
  /** Most bytes of lines that wait to be written. A line past it is lost, and counted. Default: 8 MiB. */
  readonly maxBufferedBytes?: number | undefined;
  /**
   * How long the end of the process may wait for a non-blocking descriptor that takes nothing, in milliseconds. Default: 500.
   * A blocking one whose reader stands still holds the process itself, as it does with any program.
   */
  readonly exitTimeoutMs?: number | undefined;
}

/** Lines that are being written, as one piece. */
interface Batch {
  readonly bytes: Buffer;
  readonly lines: number;
  writtenBytes: number;
}

const defaultMaxBufferedBytes = 8 * 1024 * 1024;
const defaultExitTimeoutMs = 500;
const retryDelayMs = 10;

/**
 * Writes log lines to a file descriptor without making the path wait.
 *
 * Writing is asynchronous, and lines of one turn of the event loop go out together: a synchronous write blocks the process, and
 * every stream in it, for as long as the reader of a full pipe or a slow disk takes. The price is that a process that is killed
 * outright loses the lines of its last moments. When it ends in any other way, by `process.exit` or by an exception that nobody
 * caught, what waits is written synchronously first.
 *
 * pino's own asynchronous destination is not used, since it repeats a failing write forever at exit: with a full disk, or
 * with a reader that is gone, the process never ends.
 */
export class LogDestination {
  readonly #fd: number;
  readonly #clock: Clock;
  readonly #maxBufferedBytes: number;
  readonly #exitTimeoutMs: number;
  #lines: string[] = [];
  /** Of the lines that wait and of the batch. */
  #bufferedBytes = 0;
  #batch: Batch | undefined;
  /** Whether a write is scheduled, under way, or will be tried again. */
  #active = false;
  /** Whether the batch is with the operating system. */
  #writing = false;
  #closed = false;
  #lostLines = 0;
  #lostListener: ((lines: number) => void) | undefined;
  #idleListeners: (() => void)[] = [];

  constructor(options: LogDestinationOptions) {
    this.#fd = options.fd;
    this.#clock = options.clock;
    this.#maxBufferedBytes = options.maxBufferedBytes ?? defaultMaxBufferedBytes;
    this.#exitTimeoutMs = options.exitTimeoutMs ?? defaultExitTimeoutMs;
    process.once('exit', this.#flushSync);
  }

  /** Takes one line, its line feed included. Never throws and never waits. */
  write(line: string): void {
    const bytes = Buffer.byteLength(line);
    if (this.#closed || this.#bufferedBytes + bytes > this.#maxBufferedBytes) {
      this.#lostLines += 1;
      return;
    }
    this.#lines.push(line);
    this.#bufferedBytes += bytes;
    if (!this.#active) {
      this.#active = true;
      setImmediate(this.#writeNext);
    }
  }

  /** Resolves when every line so far was written or lost. */
  flush(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#active) {
        this.#idleListeners.push(resolve);
      } else {
        resolve();
      }
    });
  }

  /** Sets who is told that lines were lost, once there is room for lines again. */
  onLost(listener: (lines: number) => void): void {
    this.#lostListener = listener;
  }

  /** Writes what waits, and takes no more. The descriptor stays open. */
  close(): void {
    process.off('exit', this.#flushSync);
    this.#flushSync();
    this.#end();
  }

  readonly #writeNext = (): void => {
    this.#batch ??= this.#takeBatch();
    const batch = this.#batch;
    if (batch === undefined) {
      this.#becomeIdle();
      return;
    }
    this.#writing = true;
    const { bytes, writtenBytes } = batch;
    write(this.#fd, bytes, writtenBytes, bytes.length - writtenBytes, null, (error, count) => {
      this.#writing = false;
      if (this.#closed) {
        return;
      }
      if (error !== null) {
        this.#recover(batch, error.code);
        return;
      }
      batch.writtenBytes += count;
      if (batch.writtenBytes === bytes.length) {
        this.#forget(batch);
        this.#reportLost();
      }
      this.#writeNext();
    });
  };

  #takeBatch(): Batch | undefined {
    if (this.#lines.length === 0) {
      return undefined;
    }
    const batch = { bytes: Buffer.from(this.#lines.join('')), lines: this.#lines.length, writtenBytes: 0 };
    this.#lines = [];
    return batch;
  }

  #recover(batch: Batch, code: string | undefined): void {
    if (wouldBlock(code)) {
      this.#clock.after(retryDelayMs, this.#writeNext);
      return;
    }
    // There is nowhere to say so. A full disk may have room again for later lines; a reader that is gone does not come back.
    this.#lostLines += batch.lines;
    this.#forget(batch);
    if (code === 'EPIPE') {
      process.off('exit', this.#flushSync);
      this.#end();
    } else {
      this.#writeNext();
    }
  }

  #forget(batch: Batch): void {
    this.#bufferedBytes -= batch.bytes.length;
    this.#batch = undefined;
  }

  #reportLost(): void {
    if (this.#lostLines > 0 && this.#lostListener !== undefined) {
      const lines = this.#lostLines;
      this.#lostLines = 0;
      this.#lostListener(lines);
    }
  }

  #end(): void {
    this.#closed = true;
    this.#lines = [];
    this.#batch = undefined;
    this.#bufferedBytes = 0;
    this.#becomeIdle();
  }

  #becomeIdle(): void {
    this.#active = false;
    const listeners = this.#idleListeners;
    this.#idleListeners = [];
    for (const listener of listeners) {
      listener();
    }
  }

  readonly #flushSync = (): void => {
    // A batch that is with the operating system is written by its own thread.
    const unwritten = this.#writing ? undefined : this.#batch?.bytes.subarray(this.#batch.writtenBytes);
    const bytes = Buffer.concat([unwritten ?? Buffer.alloc(0), Buffer.from(this.#lines.join(''))]);
    this.#lines = [];
    let triesLeft = Math.ceil(this.#exitTimeoutMs / retryDelayMs);
    for (let written = 0; written < bytes.length; ) {
      try {
        written += writeSync(this.#fd, bytes, written);
      } catch (error) {
        if (triesLeft === 0 || !wouldBlock(error instanceof Error && 'code' in error ? error.code : undefined)) {
          return;
        }
        triesLeft -= 1;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)), 0, 0, retryDelayMs);
      }
    }
  };
}

function wouldBlock(code: unknown): boolean {
  return code === 'EAGAIN' || code === 'EBUSY';
}
