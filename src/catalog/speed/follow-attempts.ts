import { attemptEnded, attemptStarted, firstTokenArrived } from '../../core/events.ts';
import type { MeasuredPerformanceBook } from './create-performance-book.ts';

/**
 * Notes every attempt of this process in the book from now on: that it began, its first token as soon as that comes, and the rest when it
 * ends.
 *
 * @returns ends it.
 */
export function followAttempts(
  book: Pick<MeasuredPerformanceBook, 'noteStart' | 'noteFirstToken' | 'note'>,
): () => void {
  const ends = [
    attemptStarted.subscribe((start) => book.noteStart(start)),
    firstTokenArrived.subscribe((firstToken) => book.noteFirstToken(firstToken)),
    attemptEnded.subscribe((attempt) => book.note(attempt)),
  ];
  return () => {
    for (const end of ends) end();
  };
}
