/** A type of image, without parameters. SVG is text that can refer to other places. */
const imageType = /^image\/(?!svg)[a-z0-9.+-]{1,64}$/;

/** Types that say nothing, which stores of files send for what they do not know. */
const vagueTypes: ReadonlySet<string> = new Set(['', 'application/octet-stream', 'binary/octet-stream']);

/** The first bytes of images, in hexadecimal: PNG, JPEG, GIF and WebP (RIFF, four bytes of size, WEBP). */
const signatures: readonly (readonly [RegExp, string])[] = [
  [/^89504e470d0a1a0a/, 'image/png'],
  [/^ffd8ff/, 'image/jpeg'],
  [/^474946383[79]61/, 'image/gif'],
  [/^52494646.{8}57454250/, 'image/webp'],
];

/** Whether a body of this content type can be an image. */
export function canBeImage(contentType: string | undefined): boolean {
  const type = bareType(contentType);
  return imageType.test(type) || vagueTypes.has(type);
}

/**
 * The media type of an image: what its first bytes are, else what its content type says. Servers tell the type by a file's name, and models
 * refuse bytes of another. `undefined`: it is none.
 */
export function findImageType(contentType: string | undefined, body: Buffer): string | undefined {
  const type = bareType(contentType);
  const isDeclared = imageType.test(type);
  if (!isDeclared && !vagueTypes.has(type)) return undefined;
  const start = body.subarray(0, 12).toString('hex');
  const found = signatures.find(([pattern]) => pattern.test(start))?.[1];
  if (found !== undefined || !isDeclared) return found;
  return type === 'image/jpg' ? 'image/jpeg' : type;
}

function bareType(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}
