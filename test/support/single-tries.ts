/**
 * A section of the configuration by which a call tries each of its models once, whatever happened before: for tests of what one failure
 * means, and those whose failures would otherwise change what comes after them.
 */
export const singleTries = 'calls: { max_retries: 0, circuit_max_open_ms: 0, first_token_timeout_ms: 0 }';
