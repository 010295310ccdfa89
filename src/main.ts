/**
 * Runs the program: a server, or a command that calls one. Only what is asked for is loaded, since a server needs no client, and a command
 * is to answer at once.
 */
export async function main(): Promise<void> {
  const argv = process.argv.slice(2);
  const [word] = argv;
  if (word === undefined || word === 'serve' || word.startsWith('-')) {
    const { runServer } = await import('./run-server.ts');
    await runServer(word === 'serve' ? argv.slice(1) : argv);
    return;
  }
  const { runCli } = await import('./cli/run-cli.ts');
  const { env, stdout, stderr } = process;
  const exitCode = await runCli({ argv, env, stdout, stderr, openStdin: () => process.stdin, signals: process });
  // All output is written by now. A call that was left in the middle would keep its timer, and so the process, for its whole timeout.
  process.exit(exitCode);
}
