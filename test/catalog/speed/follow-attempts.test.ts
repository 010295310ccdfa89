import { expect, it } from 'vitest';
import { followAttempts } from '../../../src/catalog/speed/follow-attempts.ts';
import { attemptEnded } from '../../../src/core/events.ts';
import { createAttempt } from '../../telemetry/records.ts';
import { createBook, createMovedTime } from './book-rig.ts';

it('notes attempts until it is ended', () => {
  const book = createBook(createMovedTime());
  const end = followAttempts(book);
  attemptEnded.publish(createAttempt({ model: 'followed/model', timeToFirstTokenMs: 400, durationMs: 900 }));
  end();
  attemptEnded.publish(createAttempt({ model: 'late/model' }));
  expect(book.read('followed/model').weight).toBe(1);
  expect(book.read('late/model').weight).toBe(0);
});
