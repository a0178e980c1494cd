// Calls of functions as clients that are not ours make them: npm openai with its stream and tool helpers, AI SDK, LangChain.
// node tools.mjs BASE_URL KEY MODEL; or BAILIWICK_URL, BAILIWICK_KEY, BAILIWICK_MODEL. BASE_URL ends with /v1.
import assert from 'node:assert/strict';
import OpenAI from 'openai';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { AIMessage, HumanMessage, ToolMessage } from '@langchain/core/messages';
import { ChatOpenAI } from '@langchain/openai';
import { generateText, isStepCount, jsonSchema, streamText, tool } from 'ai';
import { refused, run, site } from './harness.mjs';

const { baseURL, apiKey, model } = site('tools.mjs');
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const cities = ['Paris', 'Berlin', 'Rome'];
const parameters = {
  type: 'object',
  properties: { city: { type: 'string', enum: cities }, days: { type: 'integer', minimum: 1, maximum: 7 } },
  required: ['city', 'days'],
  additionalProperties: false,
};
const weather = { type: 'function', function: { name: 'get_weather', description: 'Weather of a city', parameters, strict: true } };
const now = { type: 'function', function: { name: 'now', parameters: { type: 'object', properties: {}, additionalProperties: false } } };
const messages = [{ role: 'user', content: 'How is the weather in Berlin for the next 3 days?' }];
const ask = { model, messages, tools: [weather, now], tool_choice: 'required', parallel_tool_calls: false, max_tokens: 120, temperature: 0, seed: 7 };

function valid(name, given) {
  const args = typeof given === 'string' ? JSON.parse(given) : given;
  if (name === 'now') return assert.deepEqual(args, {});
  assert.equal(name, 'get_weather');
  assert.ok(cities.includes(args.city), JSON.stringify(args));
  assert.ok(Number.isInteger(args.days) && args.days >= 1 && args.days <= 7, JSON.stringify(args));
}

const openai = createOpenAI({ baseURL, apiKey });
const compatible = createOpenAICompatible({ name: 'bailiwick', baseURL, apiKey, includeUsage: true });
const providers = { 'chat of openai': openai.chat, 'chat of openai-compatible': compatible };
const sdkTools = (execute) => ({ get_weather: tool({ description: 'Weather of a city', inputSchema: jsonSchema(parameters), execute }) });
const langchain = () => new ChatOpenAI({ model, apiKey, maxRetries: 0, maxTokens: 120, temperature: 0, configuration: { baseURL } })
  .bindTools([weather, now], { tool_choice: 'required', parallel_tool_calls: false });

const cases = {
  async 'openai: a whole call, content null, finish tool_calls'() {
    const { choices: [choice] } = await client.chat.completions.create(ask);
    assert.equal(choice.finish_reason, 'tool_calls');
    assert.equal(choice.message.content, null);
    const [call, ...others] = choice.message.tool_calls;
    assert.equal(others.length, 0);
    assert.match(call.id, /^call_.+_0$/);
    assert.equal(call.type, 'function');
    valid(call.function.name, call.function.arguments);
  },

  async 'openai: streamed pieces are the whole call'() {
    const { choices: [{ message: { tool_calls: [whole] } }] } = await client.chat.completions.create(ask);
    const deltas = [];
    const finishes = [];
    for await (const chunk of await client.chat.completions.create({ ...ask, stream: true })) {
      deltas.push(...(chunk.choices[0].delta.tool_calls ?? []));
      if (chunk.choices[0].finish_reason) finishes.push(chunk.choices[0].finish_reason);
    }
    assert.deepEqual(finishes, ['tool_calls']);
    assert.ok(deltas.every((delta) => delta.index === 0));
    assert.equal(deltas[0].type, 'function');
    assert.equal(deltas[0].function.name, whole.function.name);
    assert.ok(deltas.slice(1).every((delta) => delta.id === undefined && delta.function.name === undefined));
    assert.ok(deltas.length > 2, 'arguments come in pieces');
    assert.equal(deltas.map((delta) => delta.function.arguments).join(''), whole.function.arguments);
  },

  async 'openai: the stream helper joins the call'() {
    const stream = client.chat.completions.stream(ask);
    const { choices: [choice] } = await stream.finalChatCompletion();
    assert.equal(choice.finish_reason, 'tool_calls');
    valid(choice.message.tool_calls[0].function.name, choice.message.tool_calls[0].function.arguments);
  },

  async 'openai: the named function, and no other'() {
    const { choices: [choice] } = await client.chat.completions.create({ ...ask, tool_choice: { type: 'function', function: { name: 'now' } } });
    assert.deepEqual(choice.message.tool_calls.map((call) => call.function), [{ name: 'now', arguments: '{}' }]);
  },

  async 'openai: several calls, each valid'() {
    const { choices: [choice] } = await client.chat.completions.create({ ...ask, parallel_tool_calls: true, max_tokens: 600 });
    assert.equal(choice.finish_reason, 'tool_calls');
    choice.message.tool_calls.forEach((call, index) => {
      assert.ok(call.id.endsWith(`_${index}`));
      valid(call.function.name, call.function.arguments);
    });
  },

  async 'openai: left to the model it is text or a valid call'() {
    const { choices: [choice] } = await client.chat.completions.create({ ...ask, tool_choice: 'auto' });
    assert.equal(choice.finish_reason === 'tool_calls', Boolean(choice.message.tool_calls));
    (choice.message.tool_calls ?? []).forEach((call) => valid(call.function.name, call.function.arguments));
  },

  async 'openai: with none it is text'() {
    const { choices: [choice] } = await client.chat.completions.create({ ...ask, tool_choice: 'none', max_tokens: 16 });
    assert.equal(choice.message.tool_calls, undefined);
    assert.ok(choice.message.content.length > 0);
  },

  async 'openai: a result goes back and an answer comes'() {
    const { choices: [{ message }] } = await client.chat.completions.create(ask);
    const results = message.tool_calls.map((call) => ({ role: 'tool', tool_call_id: call.id, content: 'Sunny, 21 degrees.' }));
    const answer = await client.chat.completions.create({ ...ask, tool_choice: 'none', messages: [...messages, message, ...results], max_tokens: 24 });
    assert.ok(answer.choices[0].message.content.length > 0);
  },

  async 'openai: a call cut by the limit ends as length'() {
    const { choices: [choice] } = await client.chat.completions.create({ ...ask, max_tokens: 12 });
    assert.equal(choice.finish_reason, 'length');
  },

  async 'openai: what cannot be kept is refused'() {
    const wrong = (more) => client.chat.completions.create({ ...ask, ...more });
    await refused(wrong({ tool_choice: { type: 'function', function: { name: 'other' } } }), 400, 'invalid');
    await refused(wrong({ tools: [now, now] }), 400, 'invalid');
    await refused(wrong({ tools: undefined }), 400, 'invalid');
    await refused(wrong({ tools: [{ type: 'web_search' }] }), 422, 'capability');
    const odd = { ...weather, function: { ...weather.function, parameters: { type: 'object', properties: { a: { not: {} } } } } };
    const error = await refused(wrong({ tools: [now, odd] }), 400, 'invalid');
    assert.match(error.message, /tools\[1\]\.function\.parameters uses not at #\/properties\/\{0\}\/not/);
  },

  async 'LangChain: invoke and stream give the call'() {
    const whole = await langchain().invoke(messages[0].content);
    assert.equal(whole.tool_calls.length, 1);
    valid(whole.tool_calls[0].name, whole.tool_calls[0].args);
    let joined;
    for await (const piece of await langchain().stream(messages[0].content)) joined = joined ? joined.concat(piece) : piece;
    assert.equal(joined.tool_calls.length, 1);
    assert.equal(joined.invalid_tool_calls.length, 0);
    valid(joined.tool_calls[0].name, joined.tool_calls[0].args);
  },

  async 'LangChain: a history with a call and its result'() {
    const call = { id: 'call_x_0', name: 'get_weather', args: { city: 'Rome', days: 1 }, type: 'tool_call' };
    const answer = await langchain().invoke([
      new HumanMessage('How is Rome?'), new AIMessage({ content: '', tool_calls: [call] }), new ToolMessage({ content: 'Sunny.', tool_call_id: call.id }),
    ]);
    valid(answer.tool_calls[0].name, answer.tool_calls[0].args);
  },
};

for (const [name, provider] of Object.entries(providers)) {
  const sdk = { model: provider(model), prompt: messages[0].content, toolChoice: 'required', maxOutputTokens: 120, temperature: 0, maxRetries: 0 };

  cases[`AI SDK, ${name}: a call runs its function`] = async () => {
    const ran = [];
    const answer = await generateText({ ...sdk, tools: sdkTools(async (args) => (ran.push(args), 'Sunny.')), stopWhen: isStepCount(1) });
    assert.ok(ran.length > 0);
    ran.forEach((args) => valid('get_weather', args));
    assert.equal(answer.finishReason, 'tool-calls');
  };

  cases[`AI SDK, ${name}: a streamed call, then a step with its result`] = async () => {
    const ran = [];
    const streamed = streamText({ ...sdk, tools: sdkTools(async (args) => (ran.push(args), 'Sunny.')), stopWhen: isStepCount(2), onError: ({ error }) => { throw error; } });
    const kinds = new Set();
    for await (const part of streamed.fullStream) kinds.add(part.type);
    assert.ok(kinds.has('tool-call') && kinds.has('tool-result'), [...kinds].join(' '));
    ran.forEach((args) => valid('get_weather', args));
    assert.equal((await streamed.steps).length, 2);
  };
}

await run(cases);
