import fc from 'fast-check';

/** Something that takes input from outside, and inputs for it. */
export interface FuzzTarget {
  /** On the command line. */
  readonly name: string;
  /** How many inputs a short run tries: fewer where one takes long. */
  readonly shortRuns: number;
  readonly property: fc.IAsyncProperty<unknown[]>;
  /** Ends what the inputs were given to, if it runs on. */
  readonly close?: () => Promise<void>;
}

/** What a target is made of. */
export interface FuzzTargetInit<Input> {
  readonly name: string;
  readonly inputs: fc.Arbitrary<Input>;
  /** Throws, or rejects, when the input is not taken as it should be. */
  readonly run: (input: Input) => void | Promise<void>;
  /** Default: 60. */
  readonly shortRuns?: number;
  readonly close?: () => Promise<void>;
}

/** The most processor time for one input, none of which has more than some kilobytes: a hundred times what any takes. */
const maxCpuMs = 3000;

/** What inputs could be written into. */
const shared = [Object.prototype, Array.prototype, Function.prototype, String.prototype, Number.prototype];

/** Makes a target. Beside what its own run checks, no input may take long, or leave a trace in what all objects inherit. */
export function createFuzzTarget<Input>({
  name,
  inputs,
  run,
  shortRuns = 60,
  close,
}: FuzzTargetInit<Input>): FuzzTarget {
  const property = fc.asyncProperty(inputs, async (input) => {
    const before = shared.map(countKeys);
    const { user } = process.cpuUsage();
    await run(input);
    const cpuMs = (process.cpuUsage().user - user) / 1000;
    if (cpuMs > maxCpuMs) throw new Error(`it took ${cpuMs.toFixed(0)} ms of processor time`);
    if (shared.some((prototype, index) => countKeys(prototype) !== before[index])) {
      throw new Error('it changed what all objects inherit');
    }
  });
  return { name, shortRuns, property, ...(close && { close }) };
}

function countKeys(prototype: object): number {
  return Reflect.ownKeys(prototype).length;
}
