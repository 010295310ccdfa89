import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { StorageError } from '../../src/storage/storage-error.ts';
import { parseStorageUrl } from '../../src/storage/storage-url.ts';

describe('parseStorageUrl', () => {
  it.each([
    ['sqlite::memory:', { kind: 'memory' }],
    ['sqlite:./data/signalbox.db', { kind: 'file', path: resolve('data/signalbox.db') }],
    ['sqlite:signalbox.db', { kind: 'file', path: resolve('signalbox.db') }],
    ['sqlite:/var/lib/signalbox/a b.db', { kind: 'file', path: '/var/lib/signalbox/a b.db' }],
    ['sqlite:./100%.db?mode=ro', { kind: 'file', path: resolve('100%.db?mode=ro') }],
  ])('takes %s', (url, location) => {
    expect(parseStorageUrl(url)).toEqual(location);
  });

  it.each([
    ['', 'has no known scheme'],
    ['./data/signalbox.db', 'has no known scheme'],
    ['sqlite', 'has no known scheme'],
    ['postgres://user:hunter2@db.example.com/signalbox', 'has the unsupported scheme "postgres"'],
    ['sqlite:', 'names no file'],
    ['sqlite:./data/', 'names no file'],
    ['sqlite:a\0b', 'names no file'],
    ['sqlite://data/signalbox.db', 'can be read in several ways'],
  ])('refuses %j', (url, problem) => {
    const parse = () => parseStorageUrl(url);
    expect(parse).toThrow(StorageError);
    expect(parse).toThrow(problem);
    expect(parse).toThrow('sqlite:./data/signalbox.db');
    expect(parse).not.toThrow('hunter2');
  });
});
