import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { JsonObject } from '../../src/core/json.ts';
import type { WireType } from './wire-types.ts';

/** A request's body, and what a report names it by. */
export interface NamedBody {
  readonly name: string;
  readonly body: JsonObject;
}

/** The bodies that one type is held to. */
export interface BodiesOfType {
  readonly type: WireType;
  readonly bodies: readonly NamedBody[];
}

/** What the compiler says of one body. */
export interface TypeProblem {
  readonly type: string;
  /** The body's name. Empty: it is the type's declarations that do not compile. */
  readonly body: string;
  readonly problem: string;
}

const root = join(import.meta.dirname, '../..');
const compiler = join(root, 'node_modules/typescript/lib/tsc.js');

const options = {
  target: 'es2024',
  lib: ['es2024', 'dom'],
  module: 'nodenext',
  types: ['node'],
  strict: true,
  noEmit: true,
  // Code of the SDKs is not what is checked.
  skipLibCheck: true,
};

/**
 * Compiles every body as a literal of its type, in one run of the compiler: of a literal it also takes no field that the type does not have.
 * The files are kept below node_modules, from where the packages are found, until it is over.
 *
 * @throws Error when the compiler fails in another way.
 */
export async function checkBodies(all: readonly BodiesOfType[]): Promise<TypeProblem[]> {
  const cache = join(root, 'node_modules/.cache');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'oracle-'));
  try {
    const files = all.map(({ type, bodies }, index) => ({ ...write(type, bodies), name: `bodies-${index}.ts` }));
    await Promise.all(files.map(({ name, source }) => writeFile(join(folder, name), source)));
    const config = { compilerOptions: options, files: files.map(({ name }) => name) };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const output = await compile(folder);
    return readProblems(output).map(({ file, line, problem }) => {
      const written = files.find(({ name }) => name === file);
      if (written === undefined) throw new Error(`the compiler failed: ${output.slice(0, 2000)}`);
      return { type: written.type, body: written.nameOfLine.get(line) ?? '', problem };
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** One line for each body, so that a line names it. */
function write(type: WireType, bodies: readonly NamedBody[]) {
  const head = `${type.declarations}\n`;
  const firstLine = head.split('\n').length;
  const lines = bodies.map(({ body }, index) => `export const body${index}: Body = ${writeLiteral(body)};`);
  const nameOfLine = new Map(bodies.map(({ name }, index) => [firstLine + index, name]));
  return { type: type.name, source: `${head}${lines.join('\n')}\n`, nameOfLine };
}

/** JSON is TypeScript, but for two characters that end lines there (ECMA-262 §12.3). */
function writeLiteral(body: JsonObject): string {
  return JSON.stringify(body).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}

async function compile(folder: string): Promise<string> {
  const child = spawn(process.execPath, [compiler, '--project', folder, '--pretty', 'false'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [output, [exitCode]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  if (exitCode !== 0 && output === '') throw new Error(`the compiler failed with exit code ${String(exitCode)}`);
  return output;
}

/** Further lines of a message are indented. */
function readProblems(output: string): { file: string; line: number; problem: string }[] {
  const messages = output.split(/\n(?=\S)/).filter((message) => message.trim() !== '');
  return messages.map((message) => {
    const [, file = '', line = '', problem = message] = /^(.*?)\((\d+),\d+\): error (.*)$/s.exec(message) ?? [];
    // Of a checkout whose node_modules is a link, the whole path is another one.
    return { file: basename(file), line: Number(line), problem };
  });
}
