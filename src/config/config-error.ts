/** The configuration cannot be used. Each problem is one line for the operator; none shows a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** What is wrong, at least one, in the order of the sources: flags, environment, file. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = Object.freeze([...problems]);
  }
}
