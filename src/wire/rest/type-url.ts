import type { DescMessage } from '@bufbuild/protobuf';

/** What `@type` says of a message that stands in a `google.protobuf.Any`. */
export function typeUrlOf({ typeName }: DescMessage): string {
  return `type.googleapis.com/${typeName}`;
}
