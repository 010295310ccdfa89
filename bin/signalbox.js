#!/usr/bin/env node
// Plain JavaScript that any Node can read: the sources need a newer one, and an older one is to say so instead of a syntax error.
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(
    `Signalbox needs Node.js 22.19 or newer, this is ${process.versions.node}. Run "npm start", which brings its own, or install a newer one.\n`,
  );
  process.exitCode = 1;
} else {
  // Keeps compiled code between starts, which halves the time to the first answer. Does nothing where it cannot write.
  nodeModule.enableCompileCache();
  // A checkout runs its sources; a published package has only what was built of them.
  const source = new URL('../src/main.ts', import.meta.url);
  const { main } = await import(existsSync(source) ? source.href : '../dist/src/main.js');
  await main();
}
