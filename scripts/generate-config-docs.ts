/**
 * Writes the tables of docs/configuration.md from the schema, the flags and the variables: `node scripts/generate-config-docs.ts`.
 * The text around the tables is written by hand and stays. A test holds that the tables are current.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { type Flag, flags } from '../src/config/command-line.ts';
import { environmentVariables } from '../src/config/environment.ts';
import { createFileSchema } from '../src/config/file-schema.ts';
import { anyEntry, type ListedKey, listKeys } from '../src/config/list-keys.ts';

/** The page, wherever the script is started. */
export const pageUrl = new URL('../docs/configuration.md', import.meta.url);

/**
 * Replaces the generated parts of the page.
 *
 * @param page - the page, with a line `<!-- generated: NAME -->` before each part and `<!-- end -->` after it.
 * @throws Error when a part is missing or not known.
 */
export function generateConfigDocs(page: string): string {
  const parts = new Map([
    ['flags', createFlagTable()],
    ['variables', createVariableTable()],
    ['keys', createKeyTables()],
  ]);
  const result = page.replaceAll(/(<!-- generated: (\w+) -->\n).*?(<!-- end -->)/gs, (_, start, name, end) => {
    const part = parts.get(name);
    if (part === undefined) throw new Error(`The page has a part "${name}", which nothing makes.`);
    parts.delete(name);
    return `${start}\n${part}\n\n${end}`;
  });
  if (parts.size > 0) throw new Error(`The page lacks the parts ${[...parts.keys()].join(', ')}.`);
  return result;
}

function createFlagTable(): string {
  return createTable(
    ['Flag', 'What it does'],
    flags.map((flag: Flag) => {
      const long = `\`--${flag.name}${flag.value === undefined ? '' : ` ${flag.value}`}\``;
      return [flag.short === undefined ? long : `${long}, \`-${flag.short}\``, flag.description];
    }),
  );
}

function createVariableTable(): string {
  return createTable(
    ['Variable', 'What it does'],
    environmentVariables.map(({ name, description }) => [`\`${name}\``, description]),
  );
}

/** One heading and table for each section that has keys of its own. */
function createKeyTables(): string {
  const schema = createFileSchema({
    env: {},
    knownKinds: [],
    baseFolder: '/',
    readFile: () => {
      throw new Error('Making the reference reads no files.');
    },
  });
  const keys = listKeys(schema);
  const root: ListedKey = { path: [], required: false, schema: { description: 'Keys that are in no section.' } };
  const sections = [root, ...keys.filter((key) => key.schema.properties !== undefined)];
  return sections
    .map((section) => {
      const rows = keys.filter((key) => isDocumented(key) && findSection(key, sections) === section);
      const table = createTable(
        ['Key', 'Type', 'Default', 'Bounds', 'What it does'],
        rows.map((row) => [
          `\`${showSteps(row.path.slice(section.path.length))}\``,
          describeType(row),
          describeDefault(row),
          describeBounds(row),
          row.schema.description ?? '',
        ]),
      );
      const title = section === root ? 'At the top' : `\`${showSteps(section.path)}\``;
      return `### ${title}\n\n${section.schema.description ?? ''}\n\n${table}`;
    })
    .join('\n\n');
}

function isDocumented({ schema }: ListedKey): boolean {
  return schema.description !== undefined && schema.properties === undefined;
}

/** The innermost section that a key is in. */
function findSection({ path }: ListedKey, sections: readonly ListedKey[]): ListedKey | undefined {
  return sections.findLast((section) => section.path.every((step, index) => path[index] === step));
}

/** Such as `keys[].id` and `providers.NAME.kind`. */
function showSteps(path: readonly string[]): string {
  return path
    .map((step) => (step === anyEntry ? 'NAME' : step))
    .join('.')
    .replace(/^keys\.NAME/, 'keys[]');
}

function readText({ schema }: ListedKey, field: 'unit' | 'typeText' | 'defaultText' | 'bounds'): string | undefined {
  const text = schema[field];
  return typeof text === 'string' ? text : undefined;
}

const typeNames: Readonly<Record<string, string>> = {
  boolean: 'true or false',
  integer: 'whole number',
  string: 'text',
};

function describeType(key: ListedKey): string {
  const { schema } = key;
  const items = typeof schema.items === 'object' && !Array.isArray(schema.items) ? schema.items : undefined;
  const choices = (items ?? schema).enum?.map((choice) => `\`${choice}\``).join(', ');
  const type = readText(key, 'typeText') ?? choices ?? typeNames[String(schema.type)] ?? '';
  const unit = readText(key, 'unit');
  return `${items !== undefined && choices !== undefined ? 'list of ' : ''}${type}${unit === undefined ? '' : `, ${unit}`}`;
}

function describeDefault(key: ListedKey): string {
  const text = readText(key, 'defaultText');
  if (text !== undefined) return text;
  if (key.required) return 'required';
  const value = key.schema.default;
  if (value === undefined) return 'none';
  return Array.isArray(value) ? `\`[${value.join(', ')}]\`` : describeNumber(value, key);
}

function describeBounds(key: ListedKey): string {
  const { minimum, maximum, minItems, maxItems, maxLength } = key.schema;
  const text = readText(key, 'bounds');
  if (text !== undefined) return text;
  if (minimum !== undefined && maximum !== undefined) {
    return `${describeNumber(minimum, key)} to ${describeNumber(maximum, key)}`;
  }
  if (maxItems !== undefined) return `${minItems ?? 0} to ${maxItems} entries`;
  return maxLength === undefined ? '' : `up to ${maxLength} characters`;
}

const largerUnits: Readonly<Record<string, readonly (readonly [number, string])[]>> = {
  ms: [
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1000, 's'],
  ],
  s: [[3600, 'h']],
  bytes: [
    [1024 ** 3, 'GiB'],
    [1024 ** 2, 'MiB'],
    [1024, 'KiB'],
  ],
};

/** A value as the file has it, and in a larger unit where it is whole in one. */
function describeNumber(value: unknown, key: ListedKey): string {
  const units = largerUnits[readText(key, 'unit') ?? ''] ?? [];
  const larger = units.find(([size]) => typeof value === 'number' && value !== 0 && value % size === 0);
  return `\`${value}\`${larger === undefined ? '' : ` (${Number(value) / larger[0]} ${larger[1]})`}`;
}

function createTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, header.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n');
}

if (import.meta.main) writeFileSync(pageUrl, generateConfigDocs(readFileSync(pageUrl, 'utf8')));
