import type { ErrorReason } from '../core/error-registry.ts';
import { SignalboxError } from '../core/errors.ts';
import { cutText } from './cut-text.ts';

/** An error as the log shows it. */
export interface LoggedError {
  /** The error's name, or `typeof` of what was thrown in its place. */
  readonly type: string;
  /** Of a registered error: stands for its message. */
  readonly reason?: ErrorReason | undefined;
  /** What stood in quotes is left out. */
  readonly message?: string | undefined;
  /** Such as ECONNRESET. */
  readonly code?: string | undefined;
  /** The frames alone, one a line. */
  readonly stack?: string | undefined;
  readonly cause?: LoggedError | undefined;
}

const maxMessageLength = 500;
const maxNameLength = 100;
const maxStackLength = 4000;
const maxCauses = 5;

/**
 * Makes of whatever was thrown something that can be logged.
 *
 * Error objects carry more than they seem to: a library's error may hold the request's body, and messages quote what they are
 * about, as `JSON.parse` and Node's argument checks do. So only known fields are taken, none of the error's own properties;
 * what a message quotes is left out; of a registered error the reason stands for the message, which may repeat a provider's
 * words; and of the stack only the frames are kept, since its head repeats the message.
 */
export function encodeError(thrown: unknown): LoggedError {
  try {
    return encodeCause(thrown, maxCauses);
  } catch {
    // What is thrown can have getters, and those can throw. A line without the cause is better than none.
    return { type: 'unreadable' };
  }
}

function encodeCause(thrown: unknown, causesLeft: number): LoggedError {
  if (!(thrown instanceof Error)) {
    return { type: thrown === null ? 'null' : typeof thrown };
  }
  return {
    type: cutText(thrown.name, maxNameLength),
    ...(thrown instanceof SignalboxError
      ? { reason: thrown.reason }
      : { message: cutText(withoutQuotes(thrown.message), maxMessageLength) }),
    code: 'code' in thrown && typeof thrown.code === 'string' ? cutText(thrown.code, maxNameLength) : undefined,
    stack: framesOf(thrown),
    cause: thrown.cause === undefined || causesLeft === 0 ? undefined : encodeCause(thrown.cause, causesLeft - 1),
  };
}

/** From the first quotation mark to the last, whatever their kinds: what is quoted may hold quotation marks itself. */
function withoutQuotes(message: string): string {
  return message.replace(/["'`].*["'`]/s, '…');
}

function framesOf(error: Error): string | undefined {
  if (typeof error.stack !== 'string') {
    return undefined;
  }
  // The head repeats the message, and a message of several lines may look like frames.
  const headStart = error.stack.indexOf(error.message);
  const body = headStart === -1 ? error.stack : error.stack.slice(headStart + error.message.length);
  const frames = body
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at '));
  return cutText(frames.join('\n'), maxStackLength);
}
