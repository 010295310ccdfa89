import type { Answer, AnswerCitation } from './answer.ts';

const sentences = [
  { text: 'The sandbox answers without a network.', page: 'network' },
  { text: ' It is not always right,', page: undefined },
  { text: ' but it always says the same.', page: 'determinism' },
] as const;

/** Answers with a text that cites two pages, each for the words that it stands behind. */
export function answerCitations(): Answer {
  const citations: AnswerCitation[] = [];
  let content = '';
  for (const { text, page } of sentences) {
    // A citation begins at the first word, not at the space before it.
    const startIndex = content.length + text.length - text.trimStart().length;
    content += text;
    if (page !== undefined) {
      citations.push({
        url: `https://sandbox.example/${page}`,
        title: `Sandbox: ${page}`,
        startIndex,
        endIndex: content.length,
      });
    }
  }
  return { content, citations };
}
