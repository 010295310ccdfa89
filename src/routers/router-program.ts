import type { WebSearch, WebSearchOptions } from '../../gen/signalbox/chat/v1/web_search_pb.ts';
import type { ModelSelection, TextGenerationConfig } from '../../gen/signalbox/router/v1/variant_pb.ts';
import type { Condition } from '../conditions/condition.ts';
import type { TemplatePiece } from './parse-template.ts';

/** A router in the form that a call runs: defaults are filled in, texts are parsed, nothing of it changes. */
export interface RouterProgram {
  readonly name: string;
  /** The conditional routes, in order. */
  readonly routes: readonly ConditionalRouteProgram[];
  readonly defaultRoute: RouteProgram | undefined;
}

/** A route. */
export interface RouteProgram {
  readonly routeId: string;
  /** At least one. Their weights sum to 100. */
  readonly variants: readonly VariantProgram[];
}

/** A route with its condition. */
export interface ConditionalRouteProgram extends RouteProgram {
  readonly condition: Condition;
}

/** A variant, with the router's defaults where it has nothing of its own. */
export interface VariantProgram {
  readonly variantId: string;
  /** Its share in percent. */
  readonly weight: number;
  readonly modelId: string;
  readonly selection: ModelSelection | undefined;
  readonly config: TextGenerationConfig | undefined;
  readonly templates: readonly TemplateProgram[];
  readonly webSearch: WebSearch | undefined;
  readonly webSearchOptions: WebSearchOptions | undefined;
  /** A duration such as `300ms`. */
  readonly firstTokenTimeout: string | undefined;
  /** `none`, `restart` or `continue`. */
  readonly recovery: string | undefined;
}

/** A message that stands before the request's, with its texts parsed. */
export interface TemplateProgram {
  readonly role: string;
  /** The text. `undefined`: there is none, or it is in parts. */
  readonly content: readonly TemplatePiece[] | undefined;
  /** The text in parts, each with its pieces. Empty: it is whole, or there is none. */
  readonly contentItems: readonly (readonly TemplatePiece[])[];
  readonly toolCalls: readonly ToolCallProgram[];
  readonly toolCallId: string | undefined;
}

/** A call of a tool in a template. */
export interface ToolCallProgram {
  readonly id: string;
  readonly name: string;
  /** JSON, whose variables stand inside texts. */
  readonly args: readonly TemplatePiece[];
}
