import { expect, it } from 'vitest';
import { followAttempts } from '../../../src/catalog/speed/follow-attempts.ts';
import { attemptEnded, attemptStarted, firstTokenArrived } from '../../../src/core/events.ts';
import { createAttempt } from '../../telemetry/records.ts';
import { createBook, createMovedTime } from './book-rig.ts';

const start = { generationId: 'gen-1', model: 'followed/model', isStreamed: true };

it('notes attempts until it is ended', () => {
  const time = createMovedTime();
  const book = createBook(time);
  const seen = (): number => book.read('followed/model').timeToFirstTokenMs;
  const end = followAttempts(book);
  const assumed = seen();
  attemptStarted.publish(start);
  time.pass(60_000);
  expect(seen()).toBeGreaterThan(assumed);
  firstTokenArrived.publish({ ...start, timeToFirstTokenMs: 400 });
  expect(seen()).toBeLessThan(assumed);
  expect(book.read('followed/model').weight).toBe(0);
  attemptEnded.publish(createAttempt({ model: 'followed/model', timeToFirstTokenMs: 400, durationMs: 900 }));
  expect(book.read('followed/model').weight).toBe(1);

  end();
  const late = { ...start, model: 'late/model' };
  attemptStarted.publish(late);
  firstTokenArrived.publish({ ...late, timeToFirstTokenMs: 400 });
  attemptEnded.publish(createAttempt(late));
  time.pass(60_000);
  expect(book.read('late/model')).toMatchObject({ weight: 0, timeToFirstTokenMs: assumed });
});
