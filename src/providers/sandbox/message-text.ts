import type { ContentPart, Message } from '../../../gen/signalbox/chat/v1/message_pb.ts';

/** What a message says, as text: its parts on lines of their own, and what is not text named in brackets. */
export function readMessageText(message: Message): string {
  return message.contentParts.length === 0
    ? (message.content ?? '')
    : message.contentParts.map(describePart).join('\n');
}

/** What the last user message says, or where there is none the last message. */
export function readLastUserText(messages: readonly Message[]): string {
  const last = messages.findLast((message) => message.role === 'user') ?? messages.at(-1);
  return last === undefined ? '' : readMessageText(last);
}

/** Whether a part holds text. */
export function isTextPart({ part }: ContentPart): boolean {
  return part.case === 'text' || part.case === 'refusal';
}

function describePart({ type, part }: ContentPart): string {
  switch (part.case) {
    case 'text':
    case 'refusal':
      return part.value;
    case 'imageUrl':
      return `[image ${describeUrl(part.value.url)}]`;
    case 'inputAudio':
      return `[audio ${part.value.format}]`;
    case 'file':
      return `[file ${part.value.filename ?? part.value.fileId ?? describeUrl(part.value.fileData ?? '')}]`;
    default:
      return `[${type === '' ? 'part' : type}]`;
  }
}

/** A URL as it is; of a data URI only the media type, since its data would fill the answer. */
function describeUrl(url: string): string {
  return /^data:([^;,]{0,100})/i.exec(url)?.[1] ?? url;
}
