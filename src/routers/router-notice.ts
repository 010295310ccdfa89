/** Something about routers that the operator should hear of. Each is told once, not again and again while it lasts. */
export interface RouterNotice {
  readonly kind: /** The store cannot be followed; what is known stays in force. */
    | 'store-failing'
    /** The store is followed again. */
    | 'store-recovered'
    /** A stored router cannot be read or compiled; calls of it fail, those of others do not. */
    | 'document-damaged'
    /** A router of a file has the name of a stored one, which is out of force while the file is there. */
    | 'stored-router-hidden'
    /** Files were changed and cannot be taken; the last good ones stay in force. */
    | 'files-rejected'
    /** Files were changed, or mended, and are in force. */
    | 'files-taken'
    /** A router of a file names models or features that the server does not have now. */
    | 'file-router-warnings';
  readonly severity: 'info' | 'warn' | 'error';
  /** A sentence. */
  readonly text: string;
  /** What belongs to it, under the names that the log gives them. */
  readonly fields: Readonly<Record<string, string | number | readonly string[]>>;
  /** What was thrown, if something was. */
  readonly cause?: unknown;
}

/** Hears of notices. It must not throw. */
export type OnRouterNotice = (notice: RouterNotice) => void;
