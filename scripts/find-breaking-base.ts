import { spawnSync } from 'node:child_process';

/**
 * The commit that the API must stay compatible with: the main branch, or, on the main branch itself, the commit before.
 *
 * @returns `undefined` when there is none that has protos: no git, a first commit, a clone of depth 1.
 */
export function findBreakingBase(root: string): string | undefined {
  const git = (...args: string[]): string | undefined => {
    const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
    return status === 0 ? stdout.trim() : undefined;
  };
  const resolve = (ref: string): string | undefined => git('rev-parse', '--verify', '--quiet', `${ref}^{commit}`);
  const head = resolve('HEAD');
  const main = resolve('origin/main') ?? resolve('main');
  const base = main === head ? resolve('HEAD~1') : main;
  return base !== undefined && git('cat-file', '-e', `${base}:buf.yaml`) !== undefined ? base : undefined;
}
