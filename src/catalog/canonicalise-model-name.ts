/** What the same model is called wherever it runs, and which of its versions a name means. */
export interface CanonicalModelName {
  /** In lower case and without a date. Not empty unless the name given is. */
  readonly name: string;
  /**
   * The date in the name: `YYYYMMDD`, with day `00` where only the month is said, or `MMDD` where the year is not; or the three digits with
   * which Google numbers versions. `undefined`: the name has none.
   */
  readonly snapshot: string | undefined;
}

interface Ending {
  /** How many parts of the name it takes. */
  readonly parts: number;
  /** `undefined`: it says no version. */
  readonly snapshot: string | undefined;
}

/** Makers that stand in the names of their models too, before the name that others know: `meta-llama-3.1`, `nvidia-nemotron-3`. */
const repeatedMakers: readonly (readonly [maker: string, family: string])[] = [
  ['meta', 'llama'],
  ['nvidia', 'nemotron'],
];

/** Families whose number is written both as part of the name and after a hyphen. The value says which it is here. */
const families: ReadonlyMap<string, 'joined' | 'hyphened'> = new Map([
  ['llama', 'hyphened'],
  ['gemma', 'hyphened'],
  ['qwen', 'joined'],
]);

/** Endings that say nothing of which model it is. */
const plainMarks: ReadonlySet<string> = new Set(['latest', 'default', 'maas', 'v1']);

/** Real names come to rest in the second round. */
const maxRounds = 4;

const claudeTiers: ReadonlySet<string> = new Set(['opus', 'sonnet', 'haiku', 'fable']);

/**
 * Brings the names that providers have for the same model to one, and takes the date off. It is a rule and knows no list, so that it holds
 * for models that come later; what it cannot know stands in the catalogue, as the model's `canonicalName`.
 *
 * What is dropped: makers and paths before a slash, Bedrock's region, maker and `-v1:0`, `-v1`, Vertex's `-maas`, `:latest` and `-latest`,
 * and dates. What is written in one way: versions with a dot (`claude-3-5-sonnet`, `llama-v3p1`, `Meta-Llama-3_3` become
 * `claude-3.5-sonnet`, `llama-3.1`, `llama-3.3`), Claude's tier before its number from Claude 4 on and after it before that, `gpt-35` as
 * `gpt-3.5`.
 *
 * What stays, since it makes another model or another offer of it: sizes, `-mini`, `-instruct`, `-chat`, `-it`, `-base`, `-thinking`,
 * `-preview` without a date; quantisations and faster offers (`-fp8`, `-turbo`, `-fast`, `-highspeed`), whose answers or prices differ;
 * and whatever follows a colon (`:free` has other limits and other rules for what happens to prompts, `:thinking` answers in another way,
 * `:nitro` and `:floor` choose by other rules). Ollama's sizes after a colon become part of the name: `gpt-oss:20b` is `gpt-oss-20b`.
 *
 * Never throws. Takes time in proportion to the length of the name. The name that comes out is its own canonical name.
 *
 * @param modelName - with a maker or without, but without the provider's own name.
 */
export function canonicaliseModelName(modelName: string): CanonicalModelName {
  const lower = modelName.trim().toLowerCase();
  let name = lower;
  let snapshot: string | undefined;
  // A step can make room for one before it, in names that nobody has. Such a name stays as it is unless it soon comes to rest.
  for (let round = 0; round < maxRounds; round += 1) {
    const next = applyRules(name);
    snapshot ??= next.snapshot;
    if (next.name === '') break;
    if (next.name === name) return { name, snapshot };
    name = next.name;
  }
  return { name: lower, snapshot: undefined };
}

function applyRules(lower: string): CanonicalModelName {
  const path = lower.slice(lower.lastIndexOf('/') + 1);
  const { name: plain, isBedrock } = dropBedrockPrefix(path);
  const { base, variant } = splitVariant(isBedrock ? dropBedrockVersion(plain) : plain);

  const parts = splitParts(base);
  const snapshot = dropEndings(parts);
  const name = writeClaude(joinVersions(writeFamily(parts))).join('-');
  return { name: name === '' ? '' : name + variant, snapshot };
}

/** `us.anthropic.claude-opus-5`: parts of letters alone, each with a dot. What would only be a version (`deepseek.v3.2`) keeps its maker. */
function dropBedrockPrefix(name: string): { readonly name: string; readonly isBedrock: boolean } {
  let start = 0;
  let maker = '';
  for (let end = name.indexOf('.'); end > start; end = name.indexOf('.', start)) {
    const part = name.slice(start, end);
    if (!/^[a-z][a-z-]*$/.test(part) || end + 1 === name.length) break;
    maker = part;
    start = end + 1;
  }
  const rest = name.slice(start);
  return { name: /^[rv]?\d/.test(rest) && start > 0 ? `${maker}-${rest}` : rest, isBedrock: start > 0 };
}

/** `-v1:0` or `-1:0`. A context size after it (`-v1:0:48k`) makes another offer, and stays. */
function dropBedrockVersion(name: string): string {
  return name.replace(/-v?\d{1,2}:\d{1,2}(?=:|$)/, '');
}

/** What stands after a colon. */
function splitVariant(name: string): { readonly base: string; readonly variant: string } {
  const colon = name.indexOf(':');
  if (colon === -1) return { base: name, variant: '' };
  const base = name.slice(0, colon);
  const tag = name.slice(colon + 1).replaceAll(/[\s:]+/g, ':');
  if (tag === 'latest' || tag === '' || tag === ':') return { base, variant: '' };
  const isSize = /^\d{1,4}(?:\.\d{1,2})?[bm](?:-|$)/.test(tag) && !tag.includes(':');
  return isSize ? { base: `${base}-${tag}`, variant: '' } : { base, variant: `:${tag}` };
}

/** Cuts at hyphens and what stands for one, and writes `3p1` and `3_1` as `3.1`. */
function splitParts(base: string): string[] {
  return base
    .replaceAll(/(?<=\d)[p_](?=\d)/g, '.')
    .split(/[-_@\s]+/)
    .filter((part) => part !== '');
}

/** Takes dates and the like off the end, as long as something is left. @returns the date that stood last. */
function dropEndings(parts: string[]): string | undefined {
  let snapshot: string | undefined;
  for (let ending = findEnding(parts); ending !== undefined; ending = findEnding(parts)) {
    parts.length -= ending.parts;
    snapshot ??= ending.snapshot;
  }
  return snapshot;
}

function findEnding(parts: readonly string[]): Ending | undefined {
  const [third = '', second = '', last = ''] = [parts.at(-3), parts.at(-2), parts.at(-1)];
  const ending = findDate(third, second, last) ?? findMark(parts[0] ?? '', second, last);
  return ending !== undefined && ending.parts < parts.length ? ending : undefined;
}

function findMark(first: string, second: string, last: string): Ending | undefined {
  if (plainMarks.has(last)) return { parts: 1, snapshot: undefined };
  // `gemini-2.0-flash-001`.
  if (/^00\d$/.test(last) && first === 'gemini') return { parts: 1, snapshot: last };
  // `gpt-4-1106-preview`, which is no snapshot of `gpt-4`, stays as it is; so does a number that is no date.
  return second === '' ? undefined : readCompactDate(last);
}

/** Dates of more than one part. */
function findDate(third: string, second: string, last: string): Ending | undefined {
  // 2024-08-06
  if (/^20\d\d$/.test(third) && isMonth(second) && isDay(last)) {
    return { parts: 3, snapshot: third + second + last };
  }
  // 08-2024; with `preview` before it, Google's `preview-09-2025`, which is a version of what it previews.
  if (/^20\d\d$/.test(last) && isMonth(second)) {
    return { parts: third === 'preview' ? 3 : 2, snapshot: `${last}${second}00` };
  }
  // Google's preview-05-20.
  if (third === 'preview' && isMonth(second) && isDay(last)) return { parts: 3, snapshot: second + last };
  if (third === 'exp' && isMonth(second) && isDay(last)) return { parts: 2, snapshot: second + last };
  return undefined;
}

/** Dates of one part: `20250929`, `250715`, `0324` (month and day), `2512` (year and month, where it cannot be month and day). */
function readCompactDate(text: string): Ending | undefined {
  const snapshot = readDigits(text);
  return snapshot === undefined ? undefined : { parts: 1, snapshot };
}

function readDigits(text: string): string | undefined {
  if (!/^\d{4,8}$/.test(text)) return undefined;
  const [a, b, c, d] = [text.slice(0, 2), text.slice(2, 4), text.slice(4, 6), text.slice(6)];
  if (text.length === 8) return a === '20' && isMonth(c) && isDay(d) ? text : undefined;
  if (text.length === 6) return isYear(a) && isMonth(b) && isDay(c) ? `20${text}` : undefined;
  if (text.length !== 4) return undefined;
  if (isMonth(a) && isDay(b)) return text;
  return isYear(a) && isMonth(b) ? `20${text}00` : undefined;
}

function isMonth(text: string): boolean {
  return /^(?:0[1-9]|1[0-2])$/.test(text);
}

function isDay(text: string): boolean {
  return /^(?:0[1-9]|[12]\d|3[01])$/.test(text);
}

/** 2023 to 2039: chat models are not older. */
function isYear(text: string): boolean {
  return /^(?:2[3-9]|3\d)$/.test(text);
}

/** Writes the family and its number, which stand first, in one way. */
function writeFamily(parts: readonly string[]): readonly string[] {
  const isRepeated = repeatedMakers.some(([maker, family]) => parts[0] === maker && parts[1]?.startsWith(family));
  const [first = '', ...rest] = isRepeated ? parts.slice(1) : parts;
  if (first === 'gpt' && rest[0] === '35') return [first, '3.5', ...rest.slice(1)];

  const joined = /^([a-z]+?)v?(\d+(?:\.\d+)?)$/.exec(first);
  const family = joined?.[1] ?? first;
  const style = families.get(family);
  if (style === undefined) return [first, ...rest];
  // llama3.1, llama-3.1 and llama-v3.1.
  const number = joined?.[2] ?? /^v?(\d+(?:\.\d+)?)$/.exec(rest[0] ?? '')?.[1];
  if (number === undefined) return [first, ...rest];
  const others = joined === null ? rest.slice(1) : rest;
  return style === 'joined' ? [family + number, ...others] : [family, number, ...others];
}

/** Writes `4-5` and `v3-1` with a dot: two numbers of at most two digits, of which the first may end a word. */
function joinVersions(parts: readonly string[]): readonly string[] {
  const written: string[] = [];
  for (const part of parts) {
    const before = written.at(-1);
    const isVersion = before !== undefined && /^\d{1,2}$/.test(part) && /^[a-z]*\d{1,2}(?:\.\d{1,2})?$/.test(before);
    if (isVersion) written[written.length - 1] = `${before}.${part}`;
    else written.push(part);
  }
  return written;
}

/** `claude-4.5-sonnet` and `claude-sonnet-4.5`; `claude-opus-4.0` and `claude-opus-4`. */
function writeClaude(parts: readonly string[]): readonly string[] {
  const [first, a = '', b = '', ...rest] = parts;
  if (first !== 'claude') return parts;
  const [tier, number] = claudeTiers.has(a) ? [a, b] : [b, a];
  if (!claudeTiers.has(tier) || !/^\d{1,2}(?:\.\d{1,2})?$/.test(number)) return parts;
  const version = number.replace(/\.0$/, '');
  return Number.parseInt(version, 10) < 4 ? [first, version, tier, ...rest] : [first, tier, version, ...rest];
}
