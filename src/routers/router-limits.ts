/** What routers are bounded by. */
export interface RouterLimits {
  /** The most routers of a workspace. */
  readonly maxRouters: number;
  /** The most conditional routes of a router. */
  readonly maxRoutes: number;
  /** The most variants of a route. */
  readonly maxVariants: number;
  /** The longest condition, in characters. */
  readonly maxExpressionChars: number;
  /** The longest text of one message template, in characters. */
  readonly maxTemplateChars: number;
  /** The most message templates of a variant, or of the defaults. */
  readonly maxTemplates: number;
  /** The most models of one model selection, and the most entries of its other lists. */
  readonly maxModels: number;
  /**
   * The longest router, in bytes of the JSON that is stored.
   *
   * @default 1048576
   */
  readonly maxRouterBytes?: number | undefined;
}

/** What a router is checked by. */
export interface RouterRules extends RouterLimits {
  /** What stands before a router's name where a model is named, such as `inworld/`. */
  readonly routerPrefix: string;
}
