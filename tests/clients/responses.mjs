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

  async 'input tokens: a count is what the same request then uses'() {
    const { input_tokens, object } = await client.responses.inputTokens.count({ model, instructions: 'Be brief.', input: ask.input });
    assert.equal(object, 'response.input_tokens');
    const answer = await client.responses.create({ ...ask, instructions: 'Be brief.' });
    assert.equal(input_tokens, answer.usage.input_tokens);
    await refused(client.responses.inputTokens.count({ model: scripted ? 'unknown' : 'no-such-model', input: 'x' }), 404, 'model_not_found');
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

const weather = { type: 'function', name: 'weather', description: 'Weather of a city.', strict: false,
  parameters: { type: 'object', properties: { city: { type: 'string', maxLength: 12 } }, required: ['city'], additionalProperties: false } };
const question = [{ role: 'user', content: 'What is the weather in Rome?' }];

Object.assign(cases, {
  async 'tools: a call that is required, its result, an answer'() {
    const first = await client.responses.create({ ...ask, max_output_tokens: 64, input: question, tools: [weather], tool_choice: 'required' });
    const call = first.output.find((item) => item.type === 'function_call');
    assert.equal(call.name, 'weather');
    assert.equal(typeof JSON.parse(call.arguments).city, 'string');
    assert.ok(call.call_id.length > 0 && call.call_id !== call.id);
    const result = { type: 'function_call_output', call_id: call.call_id, output: '{"degrees":21}' };
    const second = await client.responses.create({ ...ask, input: [...question, ...first.output, result], tools: [weather], tool_choice: scripted ? 'auto' : 'none' });
    assert.ok(second.output_text.length > 0);
  },

  async 'tools: a streamed call, by the helper, its arguments in pieces'() {
    const stream = client.responses.stream({ ...ask, max_output_tokens: 64, input: question, tools: [weather], tool_choice: { type: 'function', name: 'weather' } });
    const pieces = [];
    stream.on('response.function_call_arguments.delta', (event) => pieces.push(event.delta));
    const call = (await stream.finalResponse()).output.find((item) => item.type === 'function_call');
    assert.equal(pieces.join(''), call.arguments);
    assert.equal(call.status, 'completed');
  },
});

/** What is kept: with a store. */
const storedCases = {
  async 'store: retrieved as created, its input listed, deleted'() {
    const input = ['One.', 'Two.', 'Three.'].map((content) => ({ role: 'user', content }));
    const created = await client.responses.create({ ...ask, store: true, input, metadata: { case: 'store' } });
    assert.equal(created.store, true);
    const read = await client.responses.retrieve(created.id);
    const bare = ({ completed_at, ...rest }) => rest;
    assert.deepEqual(bare(read), bare(created));
    const listed = [];
    for await (const item of client.responses.inputItems.list(created.id, { limit: 2, order: 'asc' })) listed.push(item);
    assert.deepEqual(listed.map((item) => item.content[0].text), ['One.', 'Two.', 'Three.']);
    const last = await client.responses.inputItems.list(created.id, { limit: 1 });
    assert.equal(last.data[0].content[0].text, 'Three.');
    assert.equal(last.has_more, true);
    await refused(client.responses.inputItems.list(created.id, { limit: 0 }), 400, 'invalid');
    await refused(client.responses.inputItems.list(created.id, { order: 'up' }), 400, 'invalid');
    await refused(client.responses.inputItems.list(created.id, { after: 'nothing' }), 400, 'invalid');
    await client.responses.delete(created.id);
    await refused(client.responses.retrieve(created.id), 404, 'not_found');
    await refused(client.responses.delete(created.id), 404, 'not_found');
  },

  async 'store: not unless asked where the client says so; unknown ids are no ids'() {
    const created = await client.responses.create(ask);
    assert.equal(created.store, false);
    await refused(client.responses.retrieve(created.id), 404, 'not_found');
    for (const id of ['resp_00000000000000000000000000000000', 'resp_x', 'turn_x', 'x'.repeat(300)]) {
      await refused(client.responses.retrieve(id), 404, 'not_found');
      await refused(client.responses.cancel(id), 404, 'not_found');
      await refused(client.responses.inputItems.list(id), 404, 'not_found');
    }
    await refused(client.responses.create({ ...ask, previous_response_id: 'resp_00000000000000000000000000000000' }), 404, 'not_found');
  },

  async 'store: every event of a stream is told again from any number on'() {
    const events = [];
    for await (const event of await client.responses.create({ ...ask, store: true, stream: true })) events.push(event);
    for (const after of [0, 3, 5, events.length - 2, events.length - 1]) {
      const again = [];
      for await (const event of await client.responses.retrieve(events[0].response.id, { stream: true, starting_after: after })) again.push(event);
      assert.deepEqual(again, events.slice(after + 1));
    }
    const whole = [];
    for await (const event of await client.responses.retrieve(events[0].response.id, { stream: true })) whole.push(event);
    assert.deepEqual(whole, events);
    for (const starting_after of [-1, 'x', 1.5]) {
      await refused(client.responses.retrieve(events[0].response.id, { stream: true, starting_after }), 400, 'invalid');
    }
  },

  async 'previous_response_id: the history comes first'() {
    const first = await client.responses.create({ ...ask, store: true, instructions: 'Be brief.' });
    const second = await client.responses.create({ ...ask, store: true, input: 'Another one.', previous_response_id: first.id });
    assert.equal(second.previous_response_id, first.id);
    const third = await client.responses.create({ ...ask, input: 'And one more.', previous_response_id: second.id });
    assert.ok(scripted || third.usage.input_tokens > second.usage.input_tokens);
    assert.equal(third.store, false);
  },

  async 'item_reference: an item of a kept answer, by its id'() {
    const first = await client.responses.create({ ...ask, store: true });
    const input = [{ role: 'user', content: 'Name a city.' }, { type: 'item_reference', id: first.output[0].id }, { role: 'user', content: 'Another one.' }];
    assert.ok((await client.responses.create({ ...ask, input })).output_text.length > 0);
    const missing = await refused(client.responses.create({ ...ask, input: [{ type: 'item_reference', id: 'msg_none_0' }] }), 404, 'not_found');
    assert.equal(missing.param, 'input[0].id');
  },

  async 'background: goes on without its client, and is there later'() {
    const asked = { ...ask, background: true, store: true };
    const begun = await client.responses.create(asked);
    assert.ok(['queued', 'in_progress'].includes(begun.status));
    assert.equal(begun.background, true);
    const ended = await until(begun.id, (response) => !['queued', 'in_progress'].includes(response.status));
    assert.ok(['completed', 'incomplete'].includes(ended.status));
    assert.equal(ended.output_text, (await client.responses.create(ask)).output_text);
    // Cancelling what has ended gives it back as it is.
    assert.equal((await client.responses.cancel(begun.id)).status, ended.status);
    await refused(client.responses.create({ ...ask, background: true, store: false }), 400, 'invalid');
  },

  async 'background: streamed, left by its client, followed by another'() {
    const leave = new AbortController();
    const seen = [];
    const stream = await client.responses.create({ ...ask, background: true, store: true, stream: true, max_output_tokens: 40 }, { signal: leave.signal });
    for await (const event of stream) {
      seen.push(event);
      if (event.type === 'response.output_text.delta') break;
    }
    leave.abort();
    const at = seen.at(-1).sequence_number;
    const rest = [];
    for await (const event of await client.responses.retrieve(seen[0].response.id, { stream: true, starting_after: at })) rest.push(event);
    assert.deepEqual([...seen, ...rest].map((event) => event.sequence_number), [...seen, ...rest].map((_, index) => index));
    assert.ok(['response.completed', 'response.incomplete'].includes(rest.at(-1).type));
  },

  async 'background: cancelled while it runs'() {
    const begun = await client.responses.create({ ...ask, model: scripted ? 'hangs' : model, background: true, store: true, max_output_tokens: 1500, input: 'Tell a very long story.' });
    const cancelled = await client.responses.cancel(begun.id);
    assert.equal(cancelled.status, 'cancelled');
    assert.equal((await client.responses.retrieve(begun.id)).status, 'cancelled');
  },
};

/** What a real site has beside. */
const siteCases = {
  async 'idempotency: a stored response that is asked for again is the first one'() {
    const again = { headers: { 'Idempotency-Key': `key-${Date.now()}` } };
    const first = await client.responses.create({ ...ask, store: true }, again);
    const second = await client.responses.create({ ...ask, store: true }, again);
    assert.deepEqual([second.id, second.output], [first.id, first.output]);
    assert.equal((await client.responses.retrieve(first.id)).output_text, first.output_text);
    await refused(client.responses.create({ ...ask, input: 'Another question.', store: true }, again), 422, 'idempotency_key');
  },

  async 'conversation: its turns come first, the response belongs to it'() {
    const conversation = await client.conversations.create({});
    const first = await client.responses.create({ ...ask, conversation: conversation.id });
    assert.equal(first.conversation.id, conversation.id);
    const second = await client.responses.create({ ...ask, conversation: { id: conversation.id }, input: 'Another one.' });
    assert.ok(second.usage.input_tokens > first.usage.input_tokens);
    await refused(client.responses.create({ ...ask, conversation: 'conv_00000000000000000000000000000000' }), 404, 'conversation_not_found');
    await refused(client.responses.create({ ...ask, conversation: conversation.id, previous_response_id: first.id }), 400, 'invalid');
  },
};

async function until(id, holds) {
  const limit = AbortSignal.timeout(60_000);
  for (;;) {
    const response = await client.responses.retrieve(id, {}, { signal: limit });
    if (holds(response)) return response;
  }
}

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

await run({ ...cases, ...(scripted || stored ? storedCases : {}), ...(stored ? siteCases : {}), ...(scripted ? scriptedCases : {}) });
