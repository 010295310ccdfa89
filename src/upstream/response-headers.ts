/** The headers of a response. Names are in lower case; a header that came more than once is a list. */
export type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>;

/**
 * The value of one header. Of a header that came more than once it is the first, as Node does for headers that may come once.
 *
 * @param name - in lower case.
 */
export function headerValue(headers: ResponseHeaders, name: string): string | undefined {
  if (!Object.hasOwn(headers, name)) return undefined;
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
