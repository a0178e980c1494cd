// Vercel's AI SDK, unmodified: @ai-sdk/openai (which speaks /v1/responses by default) and @ai-sdk/openai-compatible (chat).
// node ai-sdk.mjs BASE_URL KEY MODEL [--scripted] [--stored]; or BAILIWICK_URL, BAILIWICK_KEY, BAILIWICK_MODEL. BASE_URL ends with /v1.
import assert from 'node:assert/strict';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, jsonSchema, Output, stepCountIs, streamText, tool } from 'ai';
import { run, site } from './harness.mjs';

const { baseURL, apiKey, model, scripted, stored } = site('ai-sdk.mjs');
const openai = createOpenAI({ baseURL, apiKey });
const compatible = createOpenAICompatible({ name: 'bailiwick', baseURL, apiKey, includeUsage: true, supportsStructuredOutputs: true });
const providers = { responses: openai.responses, 'chat of openai': openai.chat, 'chat of openai-compatible': compatible };
const city = jsonSchema({ type: 'object', properties: { city: { type: 'string', maxLength: 12 } }, required: ['city'], additionalProperties: false });

const cases = {};
const scriptedCases = {};
for (const [name, provider] of Object.entries(providers)) {
  const ask = (more = {}) => ({ model: provider(more.model ?? model), prompt: 'Name a city.', maxOutputTokens: 16, temperature: 0, maxRetries: 0, ...more.options });

  cases[`${name}: generate and stream with usage`] = async () => {
    const whole = await generateText(ask());
    const streamed = streamText(ask());
    assert.equal(await streamed.text, whole.text);
    assert.ok((await streamed.usage).outputTokens > 0);
    assert.ok(['stop', 'length'].includes(await streamed.finishReason));
  };

  cases[`${name}: an object by a schema`] = async () => {
    const answer = await generateText(ask({ options: { maxOutputTokens: 64, output: Output.object({ schema: city }) } }));
    assert.equal(typeof answer.output.city, 'string');
  };

  cases[`${name}: a history, with the messages of the first answer`] = async () => {
    const first = await generateText(ask());
    // What the SDK would send of the answer by its id alone goes whole: nothing is kept of it.
    const next = await generateText({
      ...ask(), prompt: undefined, providerOptions: { openai: { store: false } },
      messages: [{ role: 'user', content: 'Name a city.' }, ...first.response.messages, { role: 'user', content: 'Another one.' }],
    });
    assert.ok(next.text.length > 0);
  };

  scriptedCases[`${name}: a stream that breaks is an error`] = async () => {
    const seen = [];
    const streamed = streamText({ ...ask({ model: 'breaks' }), onError: ({ error }) => seen.push(error) });
    try {
      for await (const part of streamed.fullStream) assert.ok(part);
    } catch (error) {
      seen.push(error);
    }
    assert.ok(seen.length > 0);
  };

  scriptedCases[`${name}: a refusal tells its reason`] = async () => {
    await assert.rejects(generateText(ask({ model: 'denied' })), (error) => error.statusCode === 403 && error.message.includes('Policy denies'));
  };
}

if (scripted || stored) {
  // By default the SDK counts on the store: of what the cluster has it sends ids alone.
  cases['responses: steps with a tool, by references to kept items'] = async () => {
    const called = [];
    const weather = tool({
      description: 'Weather of a city.', inputSchema: city,
      execute: async (input) => { called.push(input); return { degrees: 21 }; },
    });
    const answer = await generateText({
      model: openai.responses(model), prompt: 'What is the weather in Rome?', maxOutputTokens: 64, temperature: 0, maxRetries: 0,
      providerOptions: { openai: { parallelToolCalls: false } }, tools: { weather }, stopWhen: stepCountIs(2),
      prepareStep: ({ stepNumber }) => ({ toolChoice: stepNumber === 0 ? 'required' : scripted ? 'auto' : 'none' }),
    });
    assert.equal(typeof called[0].city, 'string');
    assert.equal(answer.steps.length, 2);
    assert.ok(answer.text.length > 0);
  };
}

await run(scripted ? { ...cases, ...scriptedCases } : cases);
