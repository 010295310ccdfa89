export {
  addUnknownFields,
  copyNestedUnknownFields,
  listUnknownNestedFields,
  listUnreadFields,
  pickUnknownFields,
} from '../unknown-fields.ts';
