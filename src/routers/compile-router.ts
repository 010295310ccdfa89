import type { Route, Router, RouterDefaults } from '../../gen/signalbox/router/v1/router_pb.ts';
import type { MessageTemplate, Variant } from '../../gen/signalbox/router/v1/variant_pb.ts';
import { createCondition } from '../conditions/create-condition.ts';
import { parseTemplate, type TemplatePiece } from './parse-template.ts';
import type {
  ConditionalRouteProgram,
  RouteProgram,
  RouterProgram,
  TemplateProgram,
  VariantProgram,
} from './router-program.ts';

/** What variants get that do not say it themselves. */
interface CompiledDefaults {
  readonly config: VariantProgram['config'];
  readonly templates: readonly TemplateProgram[];
}

/**
 * Compiles a router for calls. Defaults are taken whole or not at all: a variant whose generation settings are only a temperature has no
 * `max_tokens`, whatever the defaults say.
 *
 * @param router - has passed checkRouter and normaliseRouter. The program keeps parts of it: it must not change any more.
 * @throws TypeError when it has not.
 */
export function compileRouter(router: Router): RouterProgram {
  const defaults = compileDefaults(router.defaults);
  return {
    name: router.name,
    routes: router.routes.map(({ route, condition }, index): ConditionalRouteProgram => {
      if (route === undefined || condition === undefined) throw createUncheckedError(`routes[${index}]`);
      return { ...compileRoute(route, defaults), condition: createCondition(condition.celExpression) };
    }),
    defaultRoute: router.defaultRoute && compileRoute(router.defaultRoute, defaults),
  };
}

function compileDefaults(defaults: RouterDefaults | undefined): CompiledDefaults {
  return {
    config: defaults?.textGenerationConfig,
    templates: (defaults?.messageTemplates ?? []).map(compileTemplate),
  };
}

function compileRoute(route: Route, defaults: CompiledDefaults): RouteProgram {
  return {
    routeId: route.routeId,
    variants: route.variants.map(({ variant, weight }, index) => {
      if (variant === undefined) throw createUncheckedError(`variants[${index}] of the route ${route.routeId}`);
      return compileVariant(variant, weight, defaults);
    }),
  };
}

function compileVariant(variant: Variant, weight: number, defaults: CompiledDefaults): VariantProgram {
  const { messageTemplates } = variant;
  return {
    variantId: variant.variantId,
    weight,
    modelId: variant.modelId,
    selection: variant.modelSelection,
    config: variant.textGenerationConfig ?? defaults.config,
    templates: messageTemplates.length === 0 ? defaults.templates : messageTemplates.map(compileTemplate),
    webSearch: variant.webSearch,
    webSearchOptions: variant.webSearchOptions,
    firstTokenTimeout: variant.fallback?.ttftTimeout,
    recovery: variant.recovery,
  };
}

function compileTemplate(template: MessageTemplate): TemplateProgram {
  return {
    role: template.role,
    content: template.content === undefined ? undefined : compileText(template.content),
    contentItems: template.contentItems.map(({ text }) => compileText(text)),
    toolCalls: template.toolCalls.map(({ id, name, args }) => ({ id, name, args: compileText(args) })),
    toolCallId: template.toolCallId,
  };
}

function compileText(text: string): readonly TemplatePiece[] {
  const parsed = parseTemplate(text);
  if ('problem' in parsed) throw createUncheckedError('a message template');
  return parsed.ok;
}

function createUncheckedError(place: string): TypeError {
  return new TypeError(`the router was not checked before it was compiled: ${place} is not valid`);
}
