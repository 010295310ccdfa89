import { createError, type SignalboxError } from '../../core/errors.ts';
import { classifyStatus, type ErrorAnswer } from '../classify-status.ts';

/**
 * The HTTP status of each kind of error, for those that come inside a stream, and for answers that say another:
 * docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html and …/APIReference/CommonErrors.html.
 */
const statusOfType: ReadonlyMap<string, number> = new Map([
  ['ValidationException', 400],
  ['ResourceNotFoundException', 404],
  ['ModelTimeoutException', 408],
  ['ThrottlingException', 429],
  // A quota of the account: HTTP 400, though nothing is wrong with the request.
  ['ServiceQuotaExceededException', 429],
  ['InternalServerException', 500],
  ['ServiceUnavailableException', 503],
  ...[
    'AccessDeniedException',
    'ExpiredTokenException',
    'IncompleteSignature',
    'IncompleteSignatureException',
    'InvalidClientTokenId',
    'InvalidSignatureException',
    'MissingAuthenticationTokenException',
    'NotAuthorized',
    'OptInRequired',
    'RequestExpired',
    'UnrecognizedClientException',
  ].map((type) => [type, 403] as const),
]);

/** The model behind Bedrock failed, or is not there yet: HTTP 424 and 429. Another one may do. */
const modelFailures: ReadonlySet<string> = new Set([
  'ModelErrorException',
  'ModelStreamErrorException',
  'ModelNotReadyException',
]);

/** Sentences of Bedrock's and of the models behind it. One that is common to all providers is known to them all. */
const contextPattern =
  /input is too long|input tokens exceeded|too many input tokens|exceeds? (?:the )?(?:context|maximum (?:length|number of (?:input )?tokens))/i;
const policyPattern = /content (?:filtering |usage )?policy|usage polic/i;
/** The account's form, its subscription or its access to the model is missing: for the operator to see to. */
const accountPattern =
  /use case details have not been submitted|marketplace (?:agreement|subscription)|don['’]t have access to the model|^operation not allowed/i;
/** The model is not offered to this account under this id: another provider may have it. */
const offerPattern = /on-demand throughput isn['’]t supported|marked by provider as legacy/i;

/** The account's number in the name of a resource. */
const accountInArn = /(\barn:[\w-]*:[\w-]*:[\w-]*:)\d{12}(?=:)/g;

/** What an error of Bedrock's means. */
export function classifyBedrockError(answer: ErrorAnswer): SignalboxError {
  const { provider, type } = answer;
  const message = answer.message?.replace(accountInArn, '$1[masked]');
  const status = statusOfType.get(type ?? '') ?? answer.status;
  const problem = message ?? `it answered HTTP ${status} without a reason`;
  if ((type !== undefined && modelFailures.has(type)) || status === 424) {
    return createError('PROVIDER_FAILED', { provider, status, problem }, { retryAfterMs: answer.retryAfterMs });
  }
  if (status >= 400 && status < 500 && accountPattern.test(problem)) {
    return createError('PROVIDER_CREDENTIALS', { provider, status });
  }
  if (status >= 400 && status < 500 && offerPattern.test(problem)) {
    return createError('PROVIDER_FAILED', { provider, status, problem }, { retryAfterMs: answer.retryAfterMs });
  }
  if (status === 400 && policyPattern.test(problem)) {
    return createError('CONTENT_REFUSED', { problem }, { httpStatus: status, type });
  }
  if (status === 400 && contextPattern.test(problem)) {
    return createError('CONTEXT_TOO_LONG', { problem }, { httpStatus: status, type });
  }
  return classifyStatus({ ...answer, message, status });
}
