// LangChain's ChatOpenAI, unmodified, against /v1/chat/completions and /v1/responses.
// node langchain.mjs BASE_URL KEY MODEL [--scripted]; or BAILIWICK_URL, BAILIWICK_KEY, BAILIWICK_MODEL. BASE_URL ends with /v1.
import assert from 'node:assert/strict';
import { AIMessage, HumanMessage, SystemMessage, ToolMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { ChatOpenAI } from '@langchain/openai';
import { z } from 'zod';
import { run, site } from './harness.mjs';

const { baseURL, apiKey, model, scripted } = site('langchain.mjs');
const chat = (useResponsesApi, more = {}) => new ChatOpenAI({
  model, apiKey, maxRetries: 0, maxTokens: 24, temperature: 0, useResponsesApi, configuration: { baseURL }, ...more,
});
const doors = { chat: false, responses: true };

/** A text, or the texts of its blocks. */
const textOf = (content) => (typeof content === 'string' ? content : content.map((part) => part.text ?? '').join(''));

const cases = {};
const scriptedCases = {};
for (const [door, responses] of Object.entries(doors)) {
  cases[`${door}: invoke and stream with usage`] = async () => {
    const whole = await chat(responses).invoke('Name a city.');
    assert.ok(textOf(whole.content).length > 0);
    assert.ok(whole.usage_metadata.output_tokens > 0);
    let [text, tokens] = ['', 0];
    for await (const piece of await chat(responses).stream('Name a city.')) {
      text += textOf(piece.content);
      tokens += piece.usage_metadata?.output_tokens ?? 0;
    }
    assert.equal(text, textOf(whole.content));
    assert.equal(tokens, whole.usage_metadata.output_tokens);
  };

  cases[`${door}: a history of system, human and assistant`] = async () => {
    const answer = await chat(responses).invoke([
      new SystemMessage('Be brief.'), new HumanMessage('Name a city.'), new AIMessage('Rome.'), new HumanMessage('Another one.'),
    ]);
    assert.ok(textOf(answer.content).length > 0);
  };

  cases[`${door}: the answer of one call is part of the next`] = async () => {
    const first = await chat(responses).invoke('Name a city.');
    const next = await chat(responses).invoke([new HumanMessage('Name a city.'), first, new HumanMessage('Another one.')]);
    assert.ok(textOf(next.content).length > 0);
  };

  cases[`${door}: structured output by a schema`] = async () => {
    const place = chat(responses, { maxTokens: 64 }).withStructuredOutput(z.object({ city: z.string().max(12) }), { method: 'jsonSchema' });
    assert.equal(typeof (await place.invoke('Name a city.')).city, 'string');
  };

  // By name: to /v1/responses this client passes no word on, `required` neither.
  cases[`${door}: a call of the function named, its result, an answer`] = async () => {
    const weather = tool(() => '21 degrees', { name: 'weather', description: 'Weather of a city.', schema: z.object({ city: z.string().max(12) }) });
    const asked = new HumanMessage('What is the weather in Rome?');
    const first = await chat(responses, { maxTokens: 64 }).bindTools([weather], { tool_choice: 'weather', parallel_tool_calls: false }).invoke([asked]);
    assert.equal(first.tool_calls.length, 1);
    assert.equal(typeof first.tool_calls[0].args.city, 'string');
    const result = new ToolMessage({ tool_call_id: first.tool_calls[0].id, content: '21 degrees' });
    const second = await (scripted ? chat(responses).bindTools([weather]) : chat(responses)).invoke([asked, first, result]);
    assert.ok(textOf(second.content).length > 0);
  };

  scriptedCases[`${door}: a stream that breaks throws`] = async () => {
    await assert.rejects(async () => {
      for await (const piece of await chat(responses, { model: 'breaks' }).stream('x')) assert.ok(piece);
    });
  };

  scriptedCases[`${door}: a refusal throws with its status`] = async () => {
    await assert.rejects(chat(responses, { model: 'denied' }).invoke('x'), (error) => error.status === 403);
  };
}

await run(scripted ? { ...cases, ...scriptedCases } : cases);
