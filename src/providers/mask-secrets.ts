/** The longest text of a provider that is passed on, in characters. */
const maxChars = 2000;

/** A configured key that is shorter is a placeholder, such as `none` or `ollama`, and may be a word of the text. */
const minKeyChars = 8;

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
  // Google and Amazon.
  /\bAIza[\w-]{30,}|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
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

/**
 * Makes a provider's text fit for clients: without the key that it was called with, other keys, or internal addresses, and not
 * longer than 2,000 characters. Takes time in proportion to the text.
 */
export function maskSecrets(text: string, apiKey: string | undefined): string {
  // Before anything is cut off: half a key is no longer recognised.
  let masked = apiKey === undefined || apiKey.length < minKeyChars ? text : text.replaceAll(apiKey, mask);
  for (const pattern of keyPatterns) masked = masked.replace(pattern, mask);
  masked = masked.replace(bearerPattern, `$1${mask}`);
  for (const pattern of internalPatterns) masked = masked.replace(pattern, mask);
  return masked.length > maxChars ? `${masked.slice(0, maxChars)}…` : masked;
}
