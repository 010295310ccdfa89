import { z } from 'zod';

/** What an HTTP/2 client sends first. */
export const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

/** A SETTINGS frame that sets nothing. */
export const emptySettings = '\0\0\0\x04\0\0\0\0\0';

/** HEADERS of stream 1 with END_STREAM and END_HEADERS: GET / http, from HPACK's static table, and `:authority: a`. */
export const getHeaders = '\0\0\x06\x01\x05\0\0\0\x01\x82\x84\x86\x41\x01a';

const frameHeadBytes = 9;
const goawayType = 7;

/** The error code of the GOAWAY frame among frames that came. `undefined`: there is none. */
export function findGoaway(received: string): number | undefined {
  const bytes = Buffer.from(received, 'latin1');
  for (let offset = 0; offset + frameHeadBytes <= bytes.length; ) {
    if (bytes.readUInt8(offset + 3) === goawayType) return bytes.readUInt32BE(offset + frameHeadBytes + 4);
    offset += frameHeadBytes + bytes.readUIntBE(offset, 3);
  }
  return undefined;
}

const errorBody = z.strictObject({
  error: z.strictObject({ message: z.string(), type: z.string(), param: z.null(), code: z.string() }),
});

/** The error in a raw HTTP/1 response. Throws unless it is of the JSON API's shape. */
export function parseErrorResponse(raw: string): z.infer<typeof errorBody>['error'] {
  const end = raw.indexOf('\r\n\r\n');
  if (!raw.slice(0, end).includes('\r\ncontent-type: application/json; charset=utf-8\r\n')) {
    throw new Error(`not a response with a JSON body: ${raw}`);
  }
  return errorBody.parse(JSON.parse(raw.slice(end + 4))).error;
}
