/** What a data URI holds. */
export interface DataUri {
  /** In lower case, without parameters. Empty when it names none. */
  readonly mimeType: string;
  /** Base64. */
  readonly data: string;
}

/** Whether an address is a data URI, well-formed or not. */
export function isDataUri(uri: string): boolean {
  return /^data:/i.test(uri);
}

/** Takes a data URI apart (RFC 2397). `undefined`: it is none, or malformed. */
export function parseDataUri(uri: string): DataUri | undefined {
  const comma = isDataUri(uri) ? uri.indexOf(',') : -1;
  if (comma === -1) return undefined;
  const [mimeType = '', ...parameters] = uri.slice('data:'.length, comma).toLowerCase().split(';');
  const data = uri.slice(comma + 1);
  const isBase64 = parameters.some((parameter) => parameter.trim() === 'base64');
  return { mimeType: mimeType.trim(), data: isBase64 ? data : encodeBytes(data) };
}

/** The bytes that percent-encoded text stands for. A percent sign without two digits stands for itself. */
function encodeBytes(data: string): string {
  const bytes = Buffer.from(data, 'utf8').toString('latin1');
  const decoded = bytes.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(decoded, 'latin1').toString('base64');
}
