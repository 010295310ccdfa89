import { attemptEnded } from '../../core/events.ts';
import type { MeasuredPerformanceBook } from './create-performance-book.ts';

/**
 * Notes every attempt of this process in the book from now on.
 *
 * @returns ends it.
 */
export function followAttempts(book: Pick<MeasuredPerformanceBook, 'note'>): () => void {
  return attemptEnded.subscribe((attempt) => book.note(attempt));
}
