import { expect, it } from 'vitest';
import { parseDataUri } from '../../src/dialects/data-uri.ts';

function base64(bytes: Iterable<number>): string {
  return Buffer.from([...bytes]).toString('base64');
}

it.each([
  ['data:image/PNG;base64,iVBO', 'image/png', 'iVBO'],
  ['DATA: text/plain ;charset=utf-8; Base64 ,YQ==', 'text/plain', 'YQ=='],
  ['data:,a%20b', '', base64(Buffer.from('a b'))],
  ['data:text/plain,%C3%A4é', 'text/plain', base64(Buffer.from('äé'))],
  ['data:application/octet-stream,%00%ff', 'application/octet-stream', base64([0, 255])],
  ['data:text/plain,100%25 of 5%', 'text/plain', base64(Buffer.from('100% of 5%'))],
  ['data:text/plain,a,b', 'text/plain', base64(Buffer.from('a,b'))],
])('reads %j', (uri, mimeType, data) => {
  expect(parseDataUri(uri)).toEqual({ mimeType, data });
});

it.each(['', 'data:', 'data:image/png;base64', 'https://a.example/?data:,a', 'iVBO'])('does not read %j', (uri) => {
  expect(parseDataUri(uri)).toBeUndefined();
});
