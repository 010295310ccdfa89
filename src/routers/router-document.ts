import { createHash } from 'node:crypto';
import { create, fromJsonString, toJsonString } from '@bufbuild/protobuf';
import { type Router, RouterSchema } from '../../gen/signalbox/router/v1/router_pb.ts';

/** 132 of the hash's 256 bits: contents never share one by chance. */
const etagLength = 22;

/**
 * Writes a router as it is stored: the proto's JSON, without the fields that only answers have. The same content gives the same text.
 */
export function encodeRouterDocument({ name, displayName, defaults, routes, defaultRoute }: Router): string {
  return toJsonString(RouterSchema, create(RouterSchema, { name, displayName, defaults, routes, defaultRoute }));
}

/**
 * Reads what {@link encodeRouterDocument} wrote.
 *
 * @throws Error when it is something else. A field of a newer version counts as that: leaving it out would route calls by a router that
 * nobody saved.
 */
export function decodeRouterDocument(document: string): Router {
  return fromJsonString(RouterSchema, document);
}

/** The etag of a content: its SHA-256 in base64url (RFC 4648, section 5), cut to 22 characters. */
export function createEtag(document: string): string {
  return createHash('sha256').update(document).digest('base64url').slice(0, etagLength);
}
