import type { JsonObject } from '../core/json.ts';
import type { CliError, Fault } from './cli-error.ts';

/** An error in words: its sentence, and below it a line for each thing that is wrong. */
export function describeCliError({ message, faults }: CliError): string {
  return [message, ...faults.map((fault) => `  ${describeFault(fault)}`)].join('\n');
}

/** An error as `--json` has it. What only a server says is null when it is not from a server. */
export function encodeCliError({ message, reason, code, faults }: CliError): JsonObject {
  return {
    error: { message, reason: reason ?? null, code: code ?? null, field_violations: faults.map(encodeFault) },
  };
}

function describeFault({ place = '', field, description }: Fault): string {
  return [place, field, description].filter((part) => part !== '').join(': ');
}

function encodeFault({ place, field, description }: Fault): JsonObject {
  return { ...(place !== undefined && { place }), field, description };
}
