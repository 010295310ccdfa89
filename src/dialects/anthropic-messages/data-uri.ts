/** What a data URI holds. */
export interface DataUri {
  /** In lower case, without parameters. Empty when it names none. */
  readonly mediaType: string;
  readonly base64: string;
}

/** Takes a data URI apart (RFC 2397). `undefined`: it is none. */
export function parseDataUri(uri: string): DataUri | undefined {
  if (!/^data:/i.test(uri)) return undefined;
  const comma = uri.indexOf(',');
  if (comma === -1) return undefined;
  const [mediaType = '', ...parameters] = uri.slice('data:'.length, comma).toLowerCase().split(';');
  const data = uri.slice(comma + 1);
  const isBase64 = parameters.some((parameter) => parameter.trim() === 'base64');
  return { mediaType: mediaType.trim(), base64: isBase64 ? data : encodeText(data) };
}

function encodeText(data: string): string {
  let text = data;
  try {
    text = decodeURIComponent(data);
  } catch {
    // A percent sign that stands for itself.
  }
  return Buffer.from(text, 'utf8').toString('base64');
}
