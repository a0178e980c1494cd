// npm's openai, unmodified, against the OpenAI-shaped door: models, chat, completions. (/v1/responses: responses.mjs.)
// node openai.mjs BASE_URL KEY MODEL [--scripted]; or BAILIWICK_URL, BAILIWICK_KEY, BAILIWICK_MODEL. BASE_URL ends with /v1.
// --scripted: the door stands over the scripted turns of tests/Bailiwick.EndToEnd.Tests, whose models also break, queue and refuse.
// Prints a line per case and "N passed, N failed"; exit code 1 when one failed.
import assert from 'node:assert/strict';
import OpenAI from 'openai';
import { refused, run, site } from './harness.mjs';

const { baseURL, apiKey, model, scripted } = site('openai.mjs');
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const messages = [{ role: 'user', content: 'Name a city.' }];
const ask = { model, messages, max_tokens: 24, temperature: 0, seed: 7 };
const schema = {
  type: 'object',
  properties: { city: { type: 'string', maxLength: 12 } },
  required: ['city'],
};

const cases = {
  async 'models: listed, found by name, found by digest'() {
    const listed = [];
    for await (const one of client.models.list()) listed.push(one);
    const found = listed.find((one) => one.id === model);
    assert.ok(found, `${model} is not listed`);
    assert.equal((await client.models.retrieve(model)).id, model);
    assert.equal((await client.models.retrieve(`${model}@${found.build.slice(0, 12)}`)).id, model);
    assert.ok(found.max_model_len > 0);
  },

  async 'chat: text, finish, usage, receipt'() {
    const { data, response } = await client.chat.completions.create(ask).withResponse();
    assert.equal(data.object, 'chat.completion');
    assert.ok(data.choices[0].message.content.length > 0);
    assert.ok(['stop', 'length'].includes(data.choices[0].finish_reason));
    assert.equal(data.usage.total_tokens, data.usage.prompt_tokens + data.usage.completion_tokens);
    const receipt = JSON.parse(Buffer.from(response.headers.get('x-bailiwick-receipt'), 'base64url'));
    assert.equal(`chatcmpl-${receipt.turn}`, data.id);
    assert.ok(receipt.build.startsWith(data.system_fingerprint));
  },

  async 'stream: equal to the whole answer, one finish, no usage unasked'() {
    const whole = await client.chat.completions.create(ask);
    const chunks = [];
    for await (const chunk of await client.chat.completions.create({ ...ask, stream: true })) chunks.push(chunk);
    assert.equal(chunks[0].choices[0].delta.role, 'assistant');
    assert.equal(chunks.map((chunk) => chunk.choices[0].delta.content ?? '').join(''), whole.choices[0].message.content);
    assert.deepEqual(chunks.map((chunk) => chunk.choices[0].finish_reason).filter(Boolean), [whole.choices[0].finish_reason]);
    assert.ok(chunks.every((chunk) => !chunk.usage));
  },

  async 'stream: usage when asked, in a chunk of its own'() {
    const chunks = [];
    const asked = { ...ask, stream: true, stream_options: { include_usage: true } };
    for await (const chunk of await client.chat.completions.create(asked)) chunks.push(chunk);
    assert.deepEqual(chunks.at(-1).choices, []);
    assert.ok(chunks.at(-1).usage.completion_tokens > 0);
  },

  async 'stream helper: final message'() {
    const stream = client.chat.completions.stream(ask);
    const final = await stream.finalChatCompletion();
    assert.ok(final.choices[0].message.content.length > 0);
  },

  async 'json_schema: the answer is of the form'() {
    const answer = await client.chat.completions.create({
      ...ask,
      max_tokens: 64,
      response_format: { type: 'json_schema', json_schema: { name: 'place', schema, strict: true } },
    });
    assert.equal(typeof JSON.parse(answer.choices[0].message.content).city, 'string');
  },

  async 'logprobs: one per token, alternatives best first'() {
    const answer = await client.chat.completions.create({ ...ask, max_tokens: 8, logprobs: true, top_logprobs: 2 });
    const tokens = answer.choices[0].logprobs.content;
    assert.ok(tokens.length > 0 && tokens.length <= answer.usage.completion_tokens);
    for (const token of tokens) {
      assert.equal(token.top_logprobs.length, 2);
      assert.ok(token.top_logprobs[0].logprob >= token.top_logprobs[1].logprob);
      assert.ok(token.logprob <= 0);
    }
  },

  async 'completions: text and legacy logprobs'() {
    const answer = await client.completions.create({ model, prompt: 'One, two,', max_tokens: 8, temperature: 0, logprobs: 1 });
    assert.equal(answer.object, 'text_completion');
    assert.equal(answer.choices[0].logprobs.tokens.length, answer.choices[0].logprobs.text_offset.length);
    let text = '';
    const stream = await client.completions.create({ model, prompt: 'One, two,', max_tokens: 8, temperature: 0, stream: true });
    for await (const chunk of stream) text += chunk.choices[0].text;
    assert.equal(text, answer.choices[0].text);
  },

  async 'errors: unknown model 404, wrong field 400, unserved 422, wrong key 401, later endpoint'() {
    const unknown = scripted ? 'unknown' : 'no-such-model';
    await refused(client.chat.completions.create({ ...ask, model: unknown }), 404, 'model_not_found');
    await refused(client.chat.completions.create({ ...ask, temperature: 'hot' }), 400, 'invalid');
    await refused(client.chat.completions.create({ ...ask, n: 2 }), 422, 'capability');
    await refused(client.models.retrieve('no-such-model'), 404, 'model_not_found');
    const stranger = new OpenAI({ baseURL, apiKey: 'wrong', maxRetries: 0 });
    await refused(stranger.chat.completions.create(ask), 401, 'unauthenticated');
    await refused(client.embeddings.create({ model, input: 'x' }), 422, 'capability');
  },

  async 'abort: the client leaves a stream and the door lives'() {
    const leave = new AbortController();
    const stream = await client.chat.completions.create({ ...ask, stream: true, max_tokens: 200 }, { signal: leave.signal });
    for await (const chunk of stream) {
      if (chunk.choices[0].delta.content) leave.abort();
    }
    assert.ok((await client.chat.completions.create(ask)).id);
  },
};

const scriptedCases = {
  async 'in-stream error: seen as an error or an abort after the first pieces'() {
    let text = '';
    await assert.rejects(async () => {
      const stream = await client.chat.completions.create({ ...ask, model: 'breaks', stream: true });
      for await (const chunk of stream) text += chunk.choices[0].delta.content ?? '';
    });
    assert.ok(text.length > 0);
  },

  async 'refusals: 403 with rules, 429 with Retry-After, 500'() {
    const denied = await refused(client.chat.completions.create({ ...ask, model: 'denied' }), 403, 'residency_denied');
    assert.deepEqual(denied.error.rules, ['r-7', '!no-match']);
    const queued = await refused(client.chat.completions.create({ ...ask, model: 'queued' }), 429, 'queue');
    assert.equal(queued.headers.get('retry-after'), '7');
    await refused(client.chat.completions.create({ ...ask, model: 'bug' }), 500, 'internal');
  },
};

await run(scripted ? { ...cases, ...scriptedCases } : cases);
