/** The longest text of a provider that is passed on, in characters. */
const maxChars = 2000;

/** A configured secret that is shorter is a placeholder, such as `none` or `ollama`, and may be a word of the text. */
const minSecretChars = 8;

const mask = '[masked]';

/**
 * Keys in the forms that providers give them, wherever a message repeats one. Each begins with its provider's own letters and is longer
 * than a name in a schema or of a model, so that those stay readable.
 */
const keyPatterns = [
  // OpenAI, Anthropic, DeepSeek, OpenRouter and those that follow them.
  /\b(?:sk|pk)-[\w-]{8,}/g,
  // Groq, xAI, Cerebras, Fireworks, Hugging Face, NVIDIA, Perplexity, Replicate, Together, and unnamed ones.
  /\b(?:gsk|xai|csk|fw|hf|nvapi|pplx|r8|tgp_v1|key)[-_][A-Za-z0-9]{16,}/g,
  // Google, its access tokens included, and Amazon.
  /\bAIza[\w-]{30,}|\bya29\.[\w.-]{16,}|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  // JSON Web Tokens (RFC 7519 §3): base64url of `{"`, and two or more parts.
  /(?<![\w-])eyJ[\w-]{8,}(?:\.[\w-]+)+/g,
];

/** RFC 6750 §2.1. */
const bearerPattern = /\b(bearer\s{1,8})[\w.~+/=-]{8,}/gi;

const privateAddress = String.raw`(?:(?:127|10)\.\d{1,3}|192\.168|172\.(?:1[6-9]|2\d|3[01])|169\.254)(?:\.\d{1,3}){2}|0\.0\.0\.0`;

/**
 * Addresses inside the provider's or the operator's network: loopback and private ranges (RFC 1918), and names that no public DNS has,
 * which are those of one label and those that end in, or pass through, one of a few words.
 */
const internalPatterns = [
  new RegExp(
    String.raw`\bhttps?:\/\/(?:[^\s/"'<>@]{0,256}@)?(?:${privateAddress}|\[|[\w-]+(?!\.?[\w-])|[\w.-]+\.(?:internal|local|cluster|svc)(?![\w-]))[^\s"'<>]*`,
    'gi',
  ),
  new RegExp(String.raw`\b(?:${privateAddress})(?::\d+)?\b`, 'g'),
];

/** A scheme before the credentials of a header: RFC 9110 §11.4, and words that providers use in its place. */
const schemePattern = /^(?:basic|bearer|token|key|api-?key)\s+/i;

/**
 * What a provider is configured with that none of its clients may see: its key, and the value of every header, since any of them can
 * be a key too. Of a value that names its scheme first (`Bearer …`), also what follows it alone.
 */
export function listSecrets(apiKey: string | undefined, headers: Readonly<Record<string, string>>): string[] {
  const values = Object.values(headers).map((value) => value.trim());
  const secrets = new Set([apiKey ?? '', ...values, ...values.map((value) => value.replace(schemePattern, ''))]);
  // The longest first: one can be a part of another.
  return [...secrets].filter(({ length }) => length >= minSecretChars).sort((a, b) => b.length - a.length);
}

/**
 * Makes a provider's text fit for clients: without the secrets that it was called with, other keys, or internal addresses, and not
 * longer than 2,000 characters. Takes time in proportion to the text.
 *
 * @param secrets - from {@link listSecrets}.
 */
export function maskSecrets(text: string, secrets: readonly string[]): string {
  let masked = text;
  // Before anything is cut off: half a key is no longer recognised.
  for (const secret of secrets) masked = masked.replaceAll(secret, mask);
  for (const pattern of keyPatterns) masked = masked.replace(pattern, mask);
  masked = masked.replace(bearerPattern, `$1${mask}`);
  for (const pattern of internalPatterns) masked = masked.replace(pattern, mask);
  const cut = masked.length > maxChars ? `${masked.slice(0, maxChars)}…` : masked;
  // The cut, or the provider, can leave half a surrogate pair, which no wire but JSON can carry.
  return cut.toWellFormed();
}

/** The texts of an error answer, any of which a provider can have put a key into. */
interface ErrorTexts {
  readonly message: string | undefined;
  readonly type: string | undefined;
  readonly code: string | undefined;
  readonly param: string | undefined;
}

/** Makes every text of an error answer fit for clients, as {@link maskSecrets} does. */
export function maskErrorTexts<Answer extends ErrorTexts>(answer: Answer, secrets: readonly string[]): Answer {
  const mask = (text: string | undefined) => (text === undefined ? undefined : maskSecrets(text, secrets));
  const { message, type, code, param } = answer;
  return { ...answer, message: mask(message), type: mask(type), code: mask(code), param: mask(param) };
}
