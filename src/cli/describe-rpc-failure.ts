import { Code, type ConnectError } from '@connectrpc/connect';
import { BadRequestSchema, ErrorInfoSchema } from '../../gen/google/rpc/error_details_pb.ts';
import { CliError } from './cli-error.ts';
import { describeViolation } from './describe-violation.ts';
import { exitCodes } from './exit-code.ts';

/** What the system and Node say of a connection that was there. */
const cutCodes: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE']);

/** Tells a failed call in words for the person who typed the command. What the server says stands as it is. */
export function describeRpcFailure(error: ConnectError, url: string): CliError {
  const isFromServer = error.findDetails(ErrorInfoSchema).length > 0;
  if (isFromServer) return new CliError(readExitCode(error.code), error.rawMessage, listViolations(error));
  const systemCode = findSystemCode(error);
  if (systemCode !== undefined && cutCodes.has(systemCode)) {
    return new CliError(exitCodes.unreachable, `The connection to the server at ${url} broke off. Try again.`);
  }
  if (systemCode !== undefined) {
    return new CliError(exitCodes.unreachable, `Cannot reach a server at ${url}: ${describeSystemCode(systemCode)}`);
  }
  switch (error.code) {
    case Code.DeadlineExceeded:
      return new CliError(
        exitCodes.unreachable,
        `The server at ${url} did not answer in time. Try again, or give it longer with --timeout.`,
      );
    case Code.Unauthenticated:
    case Code.PermissionDenied:
      return new CliError(exitCodes.refused, `The server at ${url} refused the key: ${error.rawMessage}.`);
    case Code.Unimplemented:
      return new CliError(
        exitCodes.failed,
        `What answers at ${url} does not know this call: ${error.rawMessage}. Check the address, and the version of the server there.`,
      );
    case Code.Unavailable:
      return new CliError(
        exitCodes.unreachable,
        `The server at ${url} cannot answer now: ${error.rawMessage}. Try again.`,
      );
    default:
      return new CliError(exitCodes.failed, `The call of the server at ${url} failed: ${error.rawMessage}.`);
  }
}

/** The fields at fault, a line each, with the paths that a router has by itself. */
export function listViolations(error: ConnectError): string[] {
  return error
    .findDetails(BadRequestSchema)
    .flatMap(({ fieldViolations }) => fieldViolations)
    .map(({ field, description }) => describeViolation({ field: field.replace(/^router\./, ''), description }));
}

function readExitCode(code: Code): number {
  return code === Code.Unauthenticated || code === Code.PermissionDenied ? exitCodes.refused : exitCodes.failed;
}

/** The system's code for what kept the connection from being made or broke it, from the chain of causes. */
function findSystemCode(error: ConnectError): string | undefined {
  let cause: unknown = error.cause;
  for (let depth = 0; cause instanceof Error && depth < 8; depth += 1) {
    if ('code' in cause && typeof cause.code === 'string') return cause.code;
    cause = cause.cause;
  }
  return undefined;
}

function describeSystemCode(code: string): string {
  switch (code) {
    case 'ECONNREFUSED':
      return 'nothing listens there. Start one with "signalbox serve", or name another with --url or SIGNALBOX_URL.';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the name of the host cannot be resolved. Check --url or SIGNALBOX_URL.';
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'HPE_INVALID_CONSTANT':
      return 'what listens there speaks something else. Check whether the address begins with http:// or https://.';
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return 'its certificate is not trusted. Name the file of its authority in NODE_EXTRA_CA_CERTS.';
    default:
      return `the system says ${code}.`;
  }
}
