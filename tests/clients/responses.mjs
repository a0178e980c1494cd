// npm's openai, unmodified, against /v1/responses.
// node responses.mjs BASE_URL KEY MODEL [--scripted] [--stored]; or BAILIWICK_URL, BAILIWICK_KEY, BAILIWICK_MODEL. BASE_URL ends with /v1.
// --scripted: over the scripted turns of tests/Bailiwick.EndToEnd.Tests, whose models also call functions, break, queue and refuse.
// --stored: the site keeps conversations, so that what is stored, replayed, cancelled and deleted is tried too.
import assert from 'node:assert/strict';
import OpenAI from 'openai';
import { refused, run, site } from './harness.mjs';

const { baseURL, apiKey, model, scripted, stored } = site('responses.mjs');
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const ask = { model, input: 'Name a city.', max_output_tokens: 24, temperature: 0, seed: 7, store: false };
const schema = { type: 'object', properties: { city: { type: 'string', maxLength: 12 } }, required: ['city'], additionalProperties: false };

const cases = {
  async 'create: text, status, usage, receipt, metadata'() {
    const { data, response } = await client.responses.create({ ...ask, metadata: { case: 'one' } }).withResponse();
    assert.equal(data.object, 'response');
    assert.ok(data.id.startsWith('resp_'));
    assert.ok(data.output_text.length > 0);
    assert.ok(['completed', 'incomplete'].includes(data.status));
    assert.equal(data.output[0].type, 'message');
    assert.equal(data.usage.total_tokens, data.usage.input_tokens + data.usage.output_tokens);
    assert.deepEqual(data.metadata, { case: 'one' });
    assert.equal(data.model, model);
    const receipt = JSON.parse(Buffer.from(response.headers.get('x-bailiwick-receipt'), 'base64url'));
    assert.equal(receipt.build.length, 64);
  },

  async 'create: a limit is told as incomplete'() {
    const answer = await client.responses.create({ ...ask, input: 'Tell a long story.', max_output_tokens: 3 });
    assert.equal(answer.status, 'incomplete');
    assert.equal(answer.incomplete_details.reason, 'max_output_tokens');
  },

  async 'create: instructions and items, with the history that a client keeps'() {
    const first = await client.responses.create({ ...ask, instructions: 'Be brief.', input: [{ role: 'user', content: 'Name a city.' }] });
    const second = await client.responses.create({
      ...ask,
      input: [
        { role: 'developer', content: 'Be brief.' },
        { role: 'user', content: [{ type: 'input_text', text: 'Name a city.' }] },
        ...first.output,
        { role: 'user', content: 'Another one.' },
      ],
    });
    assert.ok(second.usage.input_tokens > first.usage.input_tokens || scripted);
  },

  async 'stream: order, numbers, text equal to the whole answer'() {
    const whole = await client.responses.create(ask);
    const events = [];
    for await (const event of await client.responses.create({ ...ask, stream: true })) events.push(event);
    const kinds = events.map((event) => event.type).filter((type) => type !== 'response.output_text.delta');
    assert.deepEqual(kinds.slice(0, 4), ['response.created', 'response.in_progress', 'response.output_item.added', 'response.content_part.added']);
    assert.deepEqual(kinds.slice(4, 7), ['response.output_text.done', 'response.content_part.done', 'response.output_item.done']);
    assert.deepEqual(kinds.slice(7), [`response.${whole.status}`]);
    assert.deepEqual(events.map((event) => event.sequence_number), events.map((_, index) => index));
    const text = events.filter((event) => event.type === 'response.output_text.delta').map((event) => event.delta).join('');
    assert.equal(text, whole.output_text);
    assert.equal(events.at(-1).response.usage.output_tokens, whole.usage.output_tokens);
  },

  async 'stream helper: final response'() {
    const stream = client.responses.stream(ask);
    const final = await stream.finalResponse();
    assert.ok(final.output_text.length > 0);
  },

  async 'text.format json_schema: parsed by the client'() {
    const answer = await client.responses.parse({
      ...ask,
      max_output_tokens: 64,
      text: { format: { type: 'json_schema', name: 'place', schema, strict: true } },
    });
    assert.equal(typeof JSON.parse(answer.output_text).city, 'string');
  },

  async 'logprobs: one per token, alternatives best first'() {
    const answer = await client.responses.create({ ...ask, max_output_tokens: 8, top_logprobs: 2, include: ['message.output_text.logprobs'] });
    const tokens = answer.output[0].content[0].logprobs;
    assert.ok(tokens.length > 0 && tokens.length <= answer.usage.output_tokens);
    for (const token of tokens) assert.ok(token.top_logprobs.length === 2 && token.top_logprobs[0].logprob >= token.top_logprobs[1].logprob);
  },

  async 'what agents send along is let by'() {
    const answer = await client.responses.create({
      ...ask,
      include: ['reasoning.encrypted_content'],
      reasoning: { effort: 'medium', summary: 'auto' },
      prompt_cache_key: 'k',
      client_metadata: { a: 'b' },
      truncation: 'disabled',
      parallel_tool_calls: true,
      service_tier: 'auto',
    });
    assert.ok(answer.output_text.length > 0);
    assert.equal(answer.reasoning.effort, null);
  },

  async 'errors: each names its field'() {
    const named = async (body, status, code, field) => {
      const error = await refused(client.responses.create({ ...ask, ...body }), status, code);
      assert.equal(error.param, field);
    };
    await refused(client.responses.create({ ...ask, model: scripted ? 'unknown' : 'no-such-model' }), 404, 'model_not_found');
    await named({ temperature: 'hot' }, 400, 'invalid', 'temperature');
    await named({ input: [{ role: 'user', content: [{ type: 'input_image', image_url: 'data:' }] }] }, 422, 'capability', 'input[0].content[0].type');
    await named({ truncation: 'auto' }, 422, 'capability', 'truncation');
    await named({ max_tokens: 4 }, 400, 'invalid', 'max_tokens');
    await named({ metadata: { a: 1 } }, 400, 'invalid', 'metadata');
    const stranger = new OpenAI({ baseURL, apiKey: 'wrong', maxRetries: 0 });
    await refused(stranger.responses.create(ask), 401, 'unauthenticated');
  },

  async 'abort: the client leaves a stream and the door lives'() {
    const leave = new AbortController();
    const stream = await client.responses.create({ ...ask, stream: true, max_output_tokens: 200 }, { signal: leave.signal });
    for await (const event of stream) if (event.type === 'response.output_text.delta') leave.abort();
    assert.ok((await client.responses.create(ask)).id);
  },
};

const scriptedCases = {
  async 'in-stream failure: response.failed with its code, then an error'() {
    const seen = [];
    await assert.rejects(async () => {
      for await (const event of await client.responses.create({ ...ask, model: 'breaks', stream: true })) seen.push(event);
    });
    assert.equal(seen.at(-1).type, 'response.failed');
    assert.equal(seen.at(-1).response.error.code, 'no_replica');
  },

  async 'refusals: 403 with rules, 429 with Retry-After, 500'() {
    const denied = await refused(client.responses.create({ ...ask, model: 'denied' }), 403, 'residency_denied');
    assert.deepEqual(denied.error.rules, ['r-7', '!no-match']);
    const queued = await refused(client.responses.create({ ...ask, model: 'queued' }), 429, 'queue');
    assert.equal(queued.headers.get('retry-after'), '7');
    await refused(client.responses.create({ ...ask, model: 'bug' }), 500, 'internal');
  },
};

await run(scripted ? { ...cases, ...scriptedCases } : cases);
