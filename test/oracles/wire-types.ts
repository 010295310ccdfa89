/**
 * What the types of the SDKs say of a request's JSON. Compiled by the test beside this, as the head of each file of bodies; it stands here as
 * text because the project itself does not depend on what the SDKs' types are.
 */

/** One provider's requests. */
export interface WireType {
  /** What a test names it by. */
  readonly name: string;
  /** Declarations, of which one is the type `Body`. */
  readonly declarations: string;
}

/**
 * SDKs that write the JSON themselves take bytes where it has base64, and have enumerations where it has their texts. Everything else is
 * the same.
 */
const asJson = `
type AsJson<Type> = Type extends Uint8Array ? string
  : Type extends string ? \`\${Type}\`
  : Type extends number | boolean | bigint | null | undefined ? Type
  : Type extends readonly (infer Item)[] ? AsJson<Item>[]
  : Type extends object ? { [Key in keyof Type]: AsJson<Type[Key]> }
  : Type;
`;

/**
 * The SDK is of a newer version of the API (see its CHANGELOG, 1.0.0) than 2023-06-01, which the gateway asks for, and which has fields for
 * sampling.
 */
export const anthropicType: WireType = {
  name: '@anthropic-ai/sdk',
  declarations: `
import type { MessageCreateParams } from '@anthropic-ai/sdk/resources/messages';
type Body = MessageCreateParams & { temperature?: number; top_p?: number; top_k?: number };
`,
};

/** The SDK gathers what the API has in `generationConfig` and beside it in one `config`; its parts are the API's. */
export const geminiType: WireType = {
  name: '@google/genai',
  declarations: `
import type { Content, GenerateContentConfig, GenerationConfig, SafetySetting, Tool, ToolConfig } from '@google/genai';
${asJson}
type Body = AsJson<{
  contents: Content[];
  systemInstruction?: Content;
  tools?: Tool[];
  toolConfig?: ToolConfig;
  safetySettings?: SafetySetting[];
  generationConfig?: Omit<GenerationConfig, 'responseModalities'> &
    Pick<GenerateContentConfig, 'imageConfig' | 'responseModalities'>;
}>;
`,
};

/** The model is in the path. */
export const bedrockType: WireType = {
  name: '@aws-sdk/client-bedrock-runtime',
  declarations: `
import type { ConverseCommandInput } from '@aws-sdk/client-bedrock-runtime';
${asJson}
type Body = AsJson<Omit<ConverseCommandInput, 'modelId'>>;
`,
};

/** The types of what the SDK writes, which it does not export. Whether to stream is a field that its two methods set themselves. */
export const cohereType: WireType = {
  name: 'cohere-ai',
  declarations: `
import type { V2ChatRequest } from '../../cohere-ai/serialization/resources/v2/client/requests/V2ChatRequest.js';
type Body = V2ChatRequest.Raw & { stream?: boolean };
`,
};

export const openaiType: WireType = {
  name: 'openai',
  declarations: `
import type { ChatCompletionCreateParams } from 'openai/resources/chat/completions';
type Body = ChatCompletionCreateParams;
`,
};
