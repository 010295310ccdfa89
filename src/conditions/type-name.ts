import type { CelType } from '@bufbuild/cel';

/** A type as messages to people name it. */
export function typeName(type: CelType): string {
  if (type.kind === 'list') return type.element.name === 'dyn' ? 'list' : `list of ${typeName(type.element)}`;
  if (type.name === 'null_type') return 'null';
  return type.name.replace('google.protobuf.', '').replace(/^dyn$/, 'a value of any type');
}

/** A function or an operator as it is written: the library calls `a > b` `_>_`. */
export function operatorName(name: string): string {
  if (name === '_[_]') return '[ ]';
  return /^[@_!-]/.test(name) ? name.replace(/^@/, '').replaceAll('_', ' ').trim() : `${name}()`;
}
