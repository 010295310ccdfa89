import { describe, expect, test } from 'vitest';
import { createHelpText, flags, parseCommandLine } from '../../src/config/command-line.ts';
import { ConfigError } from '../../src/config/config-error.ts';

function problemsOf(argv: readonly string[]): readonly string[] {
  try {
    parseCommandLine(argv);
  } catch (thrown) {
    if (thrown instanceof ConfigError) return thrown.problems;
    throw thrown;
  }
  return [];
}

describe('flags', () => {
  test('without any, the server serves', () => {
    expect(parseCommandLine([])).toEqual({ action: 'serve', configFile: undefined, host: undefined, port: undefined });
  });

  test('take their values after a space or an equals sign', () => {
    const wanted = { action: 'check', configFile: 'a.yaml', host: '::1', port: '0' };
    expect(parseCommandLine(['--config', 'a.yaml', '--host', '::1', '--port', '0', '--check'])).toEqual(wanted);
    expect(parseCommandLine(['--check', '--config=a.yaml', '--host=::1', '--port=0'])).toEqual(wanted);
    expect(parseCommandLine(['--config=-a.yaml']).configFile).toBe('-a.yaml');
  });

  test.each([
    [['--confg', 'a.yaml'], 'The flag "--confg" is not known. Did you mean --config?'],
    [['--no-check'], 'The flag "--no-check" is not known. Did you mean --check?'],
    [['-p', '80'], 'The flag "-p" is not known. Run with --help for the flags.'],
    [['--__proto__=1'], 'The flag "--__proto__" is not known. Run with --help for the flags.'],
    [['--config'], 'The flag --config needs a value: --config FILE.'],
    [['--config='], 'The flag --config needs a value: --config FILE.'],
    [['--config', '--check'], 'The flag --config needs a value: --config FILE.'],
    [['--port', '-1'], 'The flag --port needs a value: --port NUMBER.'],
    [['--check=yes'], 'The flag --check takes no value. Leave out what follows the equals sign.'],
    [['serve'], 'The argument "serve" belongs to no flag. Run with --help for the flags.'],
    [['--', '--check'], 'The argument "--check" belongs to no flag. Run with --help for the flags.'],
  ])('%j', (argv, problem) => {
    expect(problemsOf(argv)).toContain(problem);
  });

  test('that are wrong are all told', () => {
    expect(problemsOf(['--prot=80', '--chek', 'x', '--host'])).toHaveLength(4);
  });
});

test('the help text names every flag', () => {
  const text = createHelpText();
  expect(text).toMatch(/[^\n]\n$/);
  for (const { name, description } of flags) {
    expect(text).toContain(`--${name}`);
    expect(text).toContain(description);
  }
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(110);
});
