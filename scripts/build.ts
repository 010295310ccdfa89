/**
 * Builds dist/: `node scripts/build.ts`. The sources compiled, and the files that they read at run time beside them.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(import.meta.dirname);

/** Files that modules read relative to themselves; the compiler does not know of them. */
const dataFiles = ['src/catalog/catalog.json'];

const compiler = fileURLToPath(import.meta.resolve('typescript/package.json')).replace(/package\.json$/, 'bin/tsc');
execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
for (const file of dataFiles) copyFileSync(join(root, file), join(root, 'dist', file));
