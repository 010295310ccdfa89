import { Code, type ConnectError } from '@connectrpc/connect';
import { CodeSchema } from '../../gen/google/rpc/code_pb.ts';
import { BadRequestSchema, ErrorInfoSchema } from '../../gen/google/rpc/error_details_pb.ts';
import { showName } from '../config/show-name.ts';
import { CliError, type Fault } from './cli-error.ts';
import { exitCodes } from './exit-code.ts';
import { httpStatusHeader } from './note-status.ts';
import { showRouterPath } from './show-router-path.ts';

/** What the system and Node say of a connection that was there. */
const cutCodes: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE']);

/** Tells a failed call in words for the person who typed the command. What the server says stands as it is. */
export function describeRpcFailure(error: ConnectError, url: string): CliError {
  const [info] = error.findDetails(ErrorInfoSchema);
  if (info !== undefined) {
    return new CliError(readExitCode(error.code), error.rawMessage, {
      faults: listViolations(error),
      reason: info.reason,
      // Connect has the numbers of gRPC, and other names.
      code: CodeSchema.value[error.code]?.name,
    });
  }
  const systemCode = findSystemCode(error);
  if (systemCode !== undefined && cutCodes.has(systemCode)) {
    return new CliError(exitCodes.unreachable, `The connection to the server at ${url} broke off. Try again.`);
  }
  if (systemCode !== undefined) {
    return new CliError(exitCodes.unreachable, `Cannot reach a server at ${url}: ${describeSystemCode(systemCode)}`);
  }
  const foreignAnswer = findForeignAnswer(error.metadata);
  if (foreignAnswer !== undefined) {
    const advice =
      error.code === Code.Unavailable
        ? 'Try again. If that does not help, look for a proxy before the server.'
        : 'Check the address, with its path.';
    return new CliError(
      readForeignExitCode(error.code),
      `What answers at ${url} is no Signalbox server: it answers with ${foreignAnswer}. ${advice}`,
    );
  }
  if (error.code === Code.DeadlineExceeded) {
    return new CliError(
      exitCodes.unreachable,
      `The server at ${url} did not answer in time. Try again, or give it longer with --timeout.`,
    );
  }
  return new CliError(
    readForeignExitCode(error.code),
    `The call of the server at ${url} failed: ${error.rawMessage || `it says ${Code[error.code]}`}.`,
  );
}

/**
 * The fields at fault, with the paths that a router has in files. No field of a chat request is called like one of a router whose name
 * differs there.
 */
function listViolations(error: ConnectError): Fault[] {
  return error
    .findDetails(BadRequestSchema)
    .flatMap(({ fieldViolations }) => fieldViolations)
    .map(({ field, description }) => ({ field: showRouterPath(field), description }));
}

function readExitCode(code: Code): number {
  return code === Code.Unauthenticated || code === Code.PermissionDenied ? exitCodes.refused : exitCodes.failed;
}

/** Of what is no answer of Signalbox: a proxy that cannot reach it says that it is not there. */
function readForeignExitCode(code: Code): number {
  return code === Code.Unavailable ? exitCodes.unreachable : readExitCode(code);
}

/** What an answer is that is none of this API, such as `HTTP 404`. `undefined`: there was no answer, or it is one of a Connect server. */
function findForeignAnswer(headers: Headers): string | undefined {
  const status = headers.get(httpStatusHeader);
  if (status === null) return undefined;
  if (status !== '200') return `HTTP ${status}`;
  const [type = ''] = (headers.get('content-type') ?? '').split(';', 1);
  if (/^application\/(?:connect\+)?proto$/.test(type)) return undefined;
  return type === '' ? 'HTTP 200 and no type' : `HTTP 200 and the type ${showName(type)}`;
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
