import assert from 'node:assert/strict';
import { toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import {
  type ChatCompletionRequest,
  ChatCompletionRequestSchema,
} from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { checkCondition } from '../../src/conditions/check-condition.ts';
import { createConditionScope } from '../../src/conditions/condition-scope.ts';
import { createCondition } from '../../src/conditions/create-condition.ts';
import { SignalboxError } from '../../src/core/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/core/json.ts';
import { encodeRequest as encodeAnthropic } from '../../src/dialects/anthropic-messages/encode-request.ts';
import { encodeRequest as encodeBedrock } from '../../src/dialects/bedrock-converse/encode-request.ts';
import { encodeRequest as encodeCohere } from '../../src/dialects/cohere-v2/encode-request.ts';
import { encodeRequest as encodeGemini } from '../../src/dialects/gemini/encode-request.ts';
import { decodeRequest } from '../../src/dialects/openai-chat/decode-request.ts';
import { encodeRequest as encodeOpenAi } from '../../src/dialects/openai-chat/encode-request.ts';
import { decodeRouter } from '../../src/dialects/router-json/decode-router.ts';
import { encodeRouter } from '../../src/dialects/router-json/encode-router.ts';
import { checkRouter } from '../../src/routers/check-router.ts';
import { parseRouterFile } from '../../src/routers/parse-router-file.ts';
import { measureTemplate, parseTemplate, renderTemplate } from '../../src/routers/parse-template.ts';
import { decodePageToken, encodePageToken } from '../../src/wire/page-token.ts';
import { createInput } from '../conditions/call-input.ts';
import { generatedRequest } from '../dialects/openai-chat/generated-requests.ts';
import { requestWithEverything } from '../dialects/openai-chat/request-with-everything.ts';
import { generatedRouters } from '../dialects/router-json/generated-routers.ts';
import { rules } from '../routers/checked-routers.ts';
import { expressions } from './expressions.ts';
import { createFuzzTarget, type FuzzTarget } from './fuzz-target.ts';
import { anyBytes, damaged } from './odd-bytes.ts';
import { anyJson, asObject, mutated } from './odd-json.ts';

const quirks = {
  tokenLimitField: 'as-sent',
  asksForStreamUsage: true,
  sendsCacheControl: true,
  reasoningField: 'reasoning_content',
} as const;

const fetched = new Map();

/** What each format makes of a request, for models that differ in what they take. */
const encoders: readonly ((request: ChatCompletionRequest, source: JsonObject) => { readonly body: JsonObject })[] = [
  (request, source) => encodeOpenAi(request, { model: 'm', stream: true, source, quirks }),
  (request, source) => encodeAnthropic(request, { model: 'claude-sonnet-4-5', stream: true, source }),
  (request, source) => encodeAnthropic(request, { model: 'claude-3-haiku', stream: false, source }),
  (request, source) => encodeGemini(request, { model: 'gemini-2.5-pro', source, fetched }),
  (request, source) => encodeGemini(request, { model: 'gemini-3-pro-preview', source, fetched }),
  (request, source) => encodeBedrock(request, { model: 'anthropic.claude-sonnet-4-5-v1:0', source, fetched }),
  (request, source) => encodeBedrock(request, { model: 'amazon.nova-pro-v1:0', source, fetched }),
  (request, source) => encodeCohere(request, { model: 'command-a', stream: true, source }),
];

const refusals = ['INVALID_FIELD', 'PROVIDER_REFUSED', 'REQUEST_UNSUPPORTED'];

/** Runs what may refuse a request. @returns `undefined`: it did, in a registered way and by the field. */
function orRefusal<Result>(run: () => Result): Result | undefined {
  try {
    return run();
  } catch (thrown) {
    if (!(thrown instanceof SignalboxError)) throw thrown;
    assert.ok(refusals.includes(thrown.reason), thrown.reason);
    assert.notEqual(thrown.details.param, '');
    return undefined;
  }
}

function checkRequest(json: JsonObject): void {
  const request = orRefusal(() => decodeRequest(json));
  if (request === undefined) return;
  toBinary(ChatCompletionRequestSchema, request);
  for (const encode of encoders) orRefusal(() => checkBody(encode(request, json).body));
}

/** JSON, and nothing that came with a prototype of the client's. */
function checkBody(body: JsonObject): void {
  assert.equal(Object.getPrototypeOf(body), Object.prototype);
  JSON.stringify(body);
}

function checkExpression(expression: string): void {
  const problem = checkCondition(expression, { maxExpressionChars: 4096 });
  const metadata = { a: 1, b: 'text', c: true, d: [1, 'x', null], e: { f: 2 } };
  const scope = createConditionScope(createInput({ metadata, messages: [{ role: 'user', content: 'hello' }] }));
  const { isTrue, error } = createCondition(expression).evaluate(scope);
  assert.ok(error === undefined || (!isTrue && /^.{1,600}\.$/s.test(error)), error);
  if (problem !== undefined) {
    assert.ok(problem.problem.startsWith(`line ${problem.line}, column ${problem.column}: `), problem.problem);
  } else {
    assert.doesNotMatch(error ?? '', /not valid|not known|unbound/);
  }
}

/** What was read of a router is written and read again as it is, and the rules can be held to it. */
function checkRouterJson(json: JsonObject): void {
  const { router, violations } = decodeRouter(json);
  for (const { field, description } of [...violations, ...checkRouter(router, rules)]) {
    assert.equal(typeof field, 'string');
    assert.match(description, /[^.]$/);
  }
  // As text, in which 0 has no sign.
  const encoded = JSON.stringify(encodeRouter(router));
  const again = decodeRouter(JSON.parse(encoded));
  assert.deepEqual(again.violations, []);
  assert.equal(JSON.stringify(encodeRouter(again.router)), encoded);
}

function checkTemplate(text: string, variables: Readonly<Record<string, string>>): void {
  const parsed = parseTemplate(text);
  if ('problem' in parsed) {
    assert.ok(text.startsWith('{{', parsed.position - 1));
    return;
  }
  const rendered = renderTemplate(parsed.ok, variables, new Set());
  assert.equal(rendered.length, measureTemplate(parsed.ok, variables));
  if (!text.includes('{{')) assert.equal(rendered, text);
}

const templateText = fc
  .array(
    fc.oneof(
      fc.constantFrom('{{', '}}', '{', '}', ' ', '\t', 'name', '{{name}}', '{{ name }}', '__proto__', 'toString', '$&'),
      fc.string({ unit: 'binary', maxLength: 8 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));
const variables = fc.dictionary(fc.constantFrom('name', '__proto__', 'a.b'), templateText);

const routerJson = generatedRouters().map((router): JsonValue => encodeRouter(router));
const routerFile = fc.oneof(
  routerJson,
  fc.array(routerJson, { maxLength: 2 }).map((routers) => ({ routers })),
);

/** Everything that reads what clients and operators send about chats and routers. */
export const requestTargets: readonly FuzzTarget[] = [
  createFuzzTarget({
    name: 'chat-request',
    inputs: fc.oneof(
      { weight: 4, arbitrary: mutated(fc.oneof(generatedRequest, fc.constant(requestWithEverything))) },
      anyJson,
    ),
    run: (value) => checkRequest(asObject(value, 'messages', 'tools')),
  }),
  createFuzzTarget({ name: 'cel', inputs: expressions, run: checkExpression }),
  createFuzzTarget({
    name: 'router-json',
    inputs: fc.oneof({ weight: 4, arbitrary: mutated(routerJson) }, anyJson),
    run: (value) => checkRouterJson(asObject(value, 'routes', 'defaults')),
  }),
  createFuzzTarget({
    name: 'router-file',
    inputs: fc.oneof(damaged(routerFile.map((value) => Buffer.from(JSON.stringify(value)))), anyBytes),
    run(bytes) {
      const { entries, problems } = parseRouterFile(bytes, 'routers/a.yaml', rules);
      assert.ok(problems.length === 0 || problems.every((problem) => problem.startsWith('routers/a.yaml')));
      assert.ok(entries.every((entry) => isJsonObject(entry)));
    },
  }),
  createFuzzTarget({
    name: 'template',
    inputs: fc.tuple(templateText, variables),
    run: ([text, values]) => checkTemplate(text, values),
  }),
  createFuzzTarget({
    name: 'page-token',
    inputs: fc.tuple(fc.string(), fc.string({ unit: 'grapheme', maxLength: 40 }), fc.string({ unit: 'binary' })),
    run([workspace, name, token]) {
      orRefusal(() => decodePageToken(workspace, token));
      orRefusal(() => decodePageToken(workspace, Buffer.from(token).toString('base64url')));
      assert.equal(decodePageToken(workspace, encodePageToken(workspace, name)), name);
      assert.equal(
        orRefusal(() => decodePageToken(`${workspace}x`, encodePageToken(workspace, name))),
        undefined,
      );
    },
  }),
];
