/**
 * Who makes a family of models. No source says it in a field, but the names do: a rule holds for all names that begin so, and a name that no
 * rule fits has no creator.
 */
const families: readonly (readonly [RegExp, string])[] = [
  [/^(?:gpt|chatgpt|codex|o[134])(?:-|$)/, 'OpenAI'],
  [/^claude-/, 'Anthropic'],
  [/^(?:gemini|gemma|diffusiongemma)/, 'Google'],
  [/^(?:llama|muse)-/, 'Meta'],
  [
    /^(?:codestral|devstral|magistral|ministral|mistral|mixtral|open-mistral|pixtral|voxtral|labs-devstral|labs-leanstral)(?:-|$)/,
    'Mistral AI',
  ],
  [/^grok-/, 'xAI'],
  [/^deepseek-/, 'DeepSeek'],
  [/^(?:qwen|qwq|qvq)/, 'Alibaba'],
  [/^kimi-|^moonshot-/, 'Moonshot AI'],
  [/^glm-/, 'Z.ai'],
  [/^minimax-/, 'MiniMax'],
  [/^nova-/, 'Amazon'],
  [/^(?:command|c4ai)-/, 'Cohere'],
  [/^sonar/, 'Perplexity'],
  [/^(?:nemotron|cosmos)-/, 'NVIDIA'],
  [/^(?:ling|ring)-/, 'Ant Group'],
  [/^mimo-/, 'Xiaomi'],
  [/^phi-/, 'Microsoft'],
  [/^granite-/, 'IBM'],
  [/^(?:jamba)-/, 'AI21 Labs'],
  [/^step-/, 'StepFun'],
  [/^seed-/, 'ByteDance'],
  [/^(?:hy\d|hunyuan)/, 'Tencent'],
  [/^ernie-/, 'Baidu'],
  [/^inkling/, 'Thinking Machines'],
  [/^lfm/, 'Liquid AI'],
  [/^mercury/, 'Inception'],
  [/^trinity-/, 'Arcee AI'],
  [/^hermes-/, 'Nous Research'],
];

/**
 * Tells who made a model.
 *
 * @param canonicalName - of the model.
 * @returns `undefined`: not known.
 */
export function findCreator(canonicalName: string): string | undefined {
  return families.find(([pattern]) => pattern.test(canonicalName))?.[1];
}
