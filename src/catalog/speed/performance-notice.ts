/** Something about what is stored of the speed of models that the operator should hear of. Each is told once, not again while it lasts. */
export interface PerformanceNotice {
  readonly kind: /** The store fails; speed is measured on, and shared when it works again. */
    | 'performance-store-failing'
    /** The store works again. */
    | 'performance-store-recovered'
    /** What is stored of a candidate cannot be read, and is replaced. */
    | 'performance-damaged'
    /** A later version of the server wrote what is stored of a candidate; it is left as it is. */
    | 'performance-newer';
  readonly severity: 'info' | 'warn' | 'error';
  /** A sentence. */
  readonly text: string;
  /** What belongs to it, under the names that the log gives them. */
  readonly fields: Readonly<Record<string, string | number>>;
  /** What was thrown, if something was. */
  readonly cause?: unknown;
}

/** Hears of notices. It must not throw. */
export type OnPerformanceNotice = (notice: PerformanceNotice) => void;
