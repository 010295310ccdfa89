/**
 * Refreshes third_party/: `node scripts/vendor-protos.ts`, after `npm ci`. Needs npm, tar and the package registry.
 *
 * Most protos are copied from npm packages, pinned below by version and tarball hash. No npm package is known to ship
 * buf/validate/validate.proto as text, so that one is printed from the descriptor inside @bufbuild/protovalidate: the
 * installed version's, which is the one that enforces the rules at run time. third_party/ changes only after everything
 * compiled and the printed file proved equal to its descriptor; a failure before that leaves it as it was.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  createRegistry,
  type DescField,
  equals,
  fromBinary,
  getExtension,
  hasExtension,
  isFieldSet,
} from '@bufbuild/protobuf';
import { isReflectList, isReflectMessage, type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import {
  type DescriptorProto,
  type EnumDescriptorProto,
  type FieldDescriptorProto,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FieldDescriptorProtoSchema,
  FieldOptionsSchema,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  FileOptionsSchema,
} from '@bufbuild/protobuf/wkt';
import {
  file_buf_validate_validate,
  PredefinedRulesSchema,
  predefined,
} from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { z } from 'zod';

/** An npm package that ships protos as text. */
interface ProtoPackage {
  readonly name: string;
  readonly version: string;
  /** What `npm view NAME@VERSION dist.integrity` prints. */
  readonly integrity: string;
  /** The folder of the package that holds `files`. */
  readonly from: string;
  /** The folder of third_party/ that receives `files`. The protos import each other by the path from third_party/. */
  readonly to: string;
  readonly files: readonly string[];
}

const PACKAGES: readonly ProtoPackage[] = [
  {
    name: 'google-gax',
    version: '6.17.0',
    integrity: 'sha512-qitOd0t2mqRFaP2KGRVL+/refKafCVwbXQVodICQX93x/WbKyopMz0r5mdBsEjwctQ22ITZyrQeabRddpFeHXQ==',
    from: 'build/protos/google',
    to: 'google',
    files: [
      'api/annotations.proto',
      'api/client.proto',
      'api/field_behavior.proto',
      'api/field_info.proto',
      'api/http.proto',
      'api/launch_stage.proto',
      'api/resource.proto',
      'longrunning/operations.proto',
      'rpc/code.proto',
      'rpc/error_details.proto',
      'rpc/status.proto',
    ],
  },
  {
    name: 'grpc-health-check',
    version: '2.1.0',
    integrity: 'sha512-HH3WjwNtusMTEQAtRelFgsFyNcOdihvpjusNDIrGYfWG8tPNSHqELrSyriIjm70k65YSxetsKG1y4H1L5gi1wQ==',
    from: 'proto/health',
    to: 'grpc/health',
    files: ['v1/health.proto'],
  },
  {
    name: '@grpc/reflection',
    version: '1.0.4',
    integrity: 'sha512-znA8v4AviOD3OPOxy11pxrtP8k8DanpefeTymS8iGW1fVr1U2cHuzfhYqDPHnVNDf4qvF9E25KtSihPy2DBWfQ==',
    from: 'build/proto/grpc/reflection',
    to: 'grpc/reflection',
    files: ['v1/reflection.proto', 'v1alpha/reflection.proto'],
  },
];

/** The licence of every package here. Its text stands once in third_party/, copied from `LICENCE_SOURCE`. */
const LICENCE = 'Apache-2.0';
const LICENCE_SOURCE = 'google-gax';

const VALIDATE_PACKAGE = '@bufbuild/protovalidate';
const VALIDATE_MODULE = `${VALIDATE_PACKAGE}/gen/buf/validate/validate_pb.js`;
const VALIDATE_PATH = 'buf/validate/validate.proto';

const root = dirname(import.meta.dirname);
const thirdParty = join(root, 'third_party');
const buf = join(root, 'node_modules/.bin/buf');

/** Runs a program; an error carries what it wrote to stderr. */
function run(program: string, ...args: string[]): void {
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** A package's version. Refuses a licence whose text third_party/ does not hold. */
function readVersion(manifestPath: string): string {
  const manifest = z
    .object({ name: z.string(), version: z.string(), license: z.string() })
    .parse(JSON.parse(readFileSync(manifestPath, 'utf8')));
  if (manifest.license !== LICENCE) {
    throw new Error(
      `${manifest.name}@${manifest.version} is under ${manifest.license}; this script knows ${LICENCE} only`,
    );
  }
  return manifest.version;
}

function copyPackage(source: ProtoPackage, download: string, staging: string): void {
  const spec = `${source.name}@${source.version}`;
  mkdirSync(download);
  run('npm', 'pack', spec, '--ignore-scripts', '--loglevel=error', '--pack-destination', download);
  const tarball = readdirSync(download).map((name) => join(download, name))[0];
  if (tarball === undefined) throw new Error(`npm pack left no file for ${spec}`);
  const integrity = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`;
  if (integrity !== source.integrity) throw new Error(`${spec} has the hash ${integrity}, not the pinned one`);
  run('tar', '-xzf', tarball, '-C', download, '--strip-components=1');
  readVersion(join(download, 'package.json'));
  for (const file of source.files) cpSync(join(download, source.from, file), join(staging, source.to, file));
  if (source.name === LICENCE_SOURCE) cpSync(join(download, 'LICENSE'), join(staging, 'LICENSE'));
}

/** What is set in a message, as pairs of field name and value; a repeated field gives a pair for each item. */
function printSettings(message: ReflectMessage): (readonly [name: string, value: string])[] {
  return message.fields
    .filter((field) => message.isSet(field))
    .flatMap((field) => {
      const value: unknown = message.get(field);
      const items = isReflectList(value) ? [...value] : [value];
      return items.map((item) => [field.name, printValue(field, item)] as const);
    });
}

function printValue(field: DescField, value: unknown): string {
  if (isReflectMessage(value)) {
    const settings = printSettings(value).map(([name, text]) => `${name}: ${text}`);
    return `{ ${settings.join(', ')} }`;
  }
  if (field.enum !== undefined && typeof value === 'number') return field.enum.value[value]?.name ?? String(value);
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

/** The settings of an options message. `prefix` names the extension that they are in: `(predefined).` */
function printOptions(options: ReflectMessage, prefix = ''): string[] {
  return printSettings(options).map(([name, value]) => `${prefix}${name} = ${value}`);
}

/** `last` is inclusive, and printed as `max` where it is the highest number that the grammar allows. */
function printRange(first: number, last: number, max: number): string {
  if (first === last) return String(first);
  return `${first} to ${last === max ? 'max' : last}`;
}

function printReserved(ranges: readonly string[], names: readonly string[]): string[] {
  const lists = [ranges, names.map((name) => JSON.stringify(name))];
  return lists.filter((list) => list.length > 0).map((list) => `reserved ${list.join(', ')};`);
}

/** Types of the file's own package lose the package; that they still resolve is part of what the comparison proves. */
function printTypeName(typeName: string): string {
  return typeName.replace(`.${file_buf_validate_validate.proto.package}.`, '').replace(/^\./, '');
}

function printField(field: FieldDescriptorProto): string {
  const settings: string[] = [];
  if (isFieldSet(field, FieldDescriptorProtoSchema.field.defaultValue)) {
    const isString = field.type === FieldDescriptorProto_Type.STRING;
    settings.push(`default = ${isString ? JSON.stringify(field.defaultValue) : field.defaultValue}`);
  }
  if (field.options !== undefined) {
    settings.push(...printOptions(reflect(FieldOptionsSchema, field.options)));
    if (hasExtension(field.options, predefined)) {
      const rules = getExtension(field.options, predefined);
      settings.push(...printOptions(reflect(PredefinedRulesSchema, rules), `(${predefined.name}).`));
    }
  }
  const isNamedType = field.typeName !== '';
  return [
    isInOneof(field) ? '' : FieldDescriptorProto_Label[field.label].toLowerCase(),
    isNamedType ? printTypeName(field.typeName) : FieldDescriptorProto_Type[field.type].toLowerCase(),
    `${field.name} = ${field.number}`,
    settings.length > 0 ? `[${settings.join(', ')}];` : ';',
  ].join(' ');
}

function isInOneof(field: FieldDescriptorProto): boolean {
  return isFieldSet(field, FieldDescriptorProtoSchema.field.oneofIndex);
}

function printEnum(declared: EnumDescriptorProto): string[] {
  const reserved = declared.reservedRange.map(({ start, end }) => printRange(start, end, 0x7fff_ffff));
  return [
    `\nenum ${declared.name} {`,
    ...declared.value.map((value) => `${value.name} = ${value.number};`),
    ...printReserved(reserved, declared.reservedName),
    '}',
  ];
}

function printMessage(declared: DescriptorProto): string[] {
  const lines = [`\nmessage ${declared.name} {`, ...declared.enumType.flatMap(printEnum)];
  lines.push(...declared.nestedType.flatMap(printMessage));
  let open: string | undefined;
  for (const field of declared.field) {
    const oneof = isInOneof(field) ? declared.oneofDecl[field.oneofIndex]?.name : undefined;
    if (oneof !== open && open !== undefined) lines.push('}');
    if (oneof !== open && oneof !== undefined) lines.push(`oneof ${oneof} {`);
    lines.push(printField(field));
    open = oneof;
  }
  if (open !== undefined) lines.push('}');
  // A range of a message, unlike one of an enum, ends before its `end`.
  const print = ({ start, end }: { start: number; end: number }) => printRange(start, end - 1, 0x1fff_ffff);
  lines.push(...declared.extensionRange.map((range) => `extensions ${print(range)};`));
  lines.push(...printReserved(declared.reservedRange.map(print), declared.reservedName), '}');
  return lines;
}

/**
 * A proto2 file as text, in the order of its descriptor and without indentation, which is left to `buf format`.
 * It prints what buf/validate/validate.proto uses, and leaves out the rest (services, maps, options of messages):
 * the comparison in `checkPrinted` fails on anything left out.
 */
function printFile(file: FileDescriptorProto): string {
  const options = file.options === undefined ? [] : printOptions(reflect(FileOptionsSchema, file.options));
  return [
    'syntax = "proto2";',
    '',
    `package ${file.package};`,
    ...file.dependency.map((path) => `import "${path}";`),
    ...options.map((option) => `option ${option};`),
    ...file.extension.map((field) => `\nextend ${printTypeName(field.extendee)} { ${printField(field)} }`),
    ...file.messageType.flatMap(printMessage),
    ...file.enumType.flatMap(printEnum),
    '',
  ].join('\n');
}

/** Prints the validation rules' proto under the licence header of the module that its descriptor is in. */
function printValidateProto(version: string, staging: string): void {
  const moduleText = readFileSync(fileURLToPath(import.meta.resolve(VALIDATE_MODULE)), 'utf8');
  const header = /^(?:\/\/.*\n)+/.exec(moduleText)?.[0];
  if (header === undefined) throw new Error(`${VALIDATE_MODULE} no longer starts with its licence header`);
  const origin = [
    `// Printed by scripts/vendor-protos.ts from the descriptor in ${VALIDATE_PACKAGE} ${version}, hence without the`,
    '// comments of the original: https://github.com/bufbuild/protovalidate',
  ];
  const path = join(staging, VALIDATE_PATH);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${header}\n${origin.join('\n')}\n\n${printFile(file_buf_validate_validate.proto)}`);
  run(buf, 'format', '--write', path);
}

/** Compiles all of `staging`, and throws unless the printed file's descriptor is the one that it was printed from. */
function checkPrinted(staging: string, image: string): void {
  run(buf, 'build', staging, '--as-file-descriptor-set', '--exclude-source-info', '--output', image);
  const compiled = fromBinary(FileDescriptorSetSchema, readFileSync(image)).file.find(
    (file) => file.name === VALIDATE_PATH,
  );
  const registry = createRegistry(file_buf_validate_validate);
  const strict = { registry, extensions: true, unknown: true };
  if (
    compiled === undefined ||
    !equals(FileDescriptorProtoSchema, compiled, file_buf_validate_validate.proto, strict)
  ) {
    throw new Error(
      `${VALIDATE_PATH} as printed is not equal to its descriptor: teach this script's printer what it lacks`,
    );
  }
}

/** Puts the table of what was vendored between README.md's two markers. */
function writeSources(validateVersion: string): void {
  const path = join(thirdParty, 'README.md');
  const rows = [
    ...PACKAGES.map(({ to, name, version }) => `| \`${to}/\` | ${name} ${version} | ${LICENCE} |`),
    `| \`${dirname(VALIDATE_PATH)}/\` | ${VALIDATE_PACKAGE} ${validateVersion} | ${LICENCE} |`,
  ];
  const table = ['| Folder | npm package | Licence |', '| --- | --- | --- |', ...rows].join('\n');
  const text = readFileSync(path, 'utf8');
  const between = /(?<=<!-- sources -->\n).*(?=\n<!-- end of sources -->)/s;
  if (!between.test(text)) throw new Error(`${path} lacks its markers <!-- sources --> and <!-- end of sources -->`);
  writeFileSync(
    path,
    text.replace(between, () => table),
  );
}

function vendorProtos(workFolder: string): void {
  const manifestPath = findPackageJSON(VALIDATE_PACKAGE, import.meta.url);
  if (manifestPath === undefined) throw new Error(`${VALIDATE_PACKAGE} is not installed: run npm ci first`);
  const validateVersion = readVersion(manifestPath);
  const staging = join(workFolder, 'third_party');
  for (const [index, source] of PACKAGES.entries()) copyPackage(source, join(workFolder, String(index)), staging);
  printValidateProto(validateVersion, staging);
  checkPrinted(staging, join(workFolder, 'image.binpb'));

  writeSources(validateVersion);
  for (const name of readdirSync(thirdParty)) {
    if (name !== 'README.md') rmSync(join(thirdParty, name), { recursive: true });
  }
  cpSync(staging, thirdParty, { recursive: true });
}

const workFolder = mkdtempSync(join(tmpdir(), 'vendor-protos-'));
try {
  vendorProtos(workFolder);
} catch (error) {
  process.stderr.write(`vendor-protos: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  rmSync(workFolder, { recursive: true });
}
