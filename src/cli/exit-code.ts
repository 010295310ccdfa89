/**
 * How a command ends, as docs/cli.md lists it. A signal ends it with 128 and the signal's number, as shells have it: 130 for Ctrl-C.
 */
export const exitCodes = {
  /** It was done. */
  done: 0,
  /** It was not done, or not all of it: the server refused it or failed, or a file is wrong. */
  failed: 1,
  /** The command line is wrong. Nothing was tried. */
  usage: 2,
  /** No server answered. */
  unreachable: 3,
  /** The key is missing, is not valid, or may not do this. */
  refused: 4,
} as const;

/** The signals that end a command, with their exit codes. */
export const signalExitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/** A signal that ends a command. */
export type EndSignal = keyof typeof signalExitCodes;
