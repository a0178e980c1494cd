// Structured answers through the OpenAI-shaped door: as response_format, and as arguments of a function that must be called; judged by
// npm ajv. A tenth of the answers may be cut by their length, none may be wrong.
// node structured.mjs BASE_URL KEY MODEL SEEDS; ten schemas by SEEDS seeds. BASE_URL ends with /v1.
import { readdirSync, readFileSync } from 'node:fs';
import OpenAI from 'openai';
import Ajv2020 from 'ajv/dist/2020.js';

const [baseURL, apiKey, model, seeds = '10'] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0, timeout: 300_000 });
const folder = new URL('../fixtures/guided/', import.meta.url);
const ajv = new Ajv2020({ strict: false });

async function text(ask) {
  let content = '';
  let finish;
  for await (const chunk of await client.chat.completions.create({ ...ask, stream: true })) {
    content += chunk.choices[0].delta.content ?? '';
    for (const call of chunk.choices[0].delta.tool_calls ?? []) content += call.function.arguments;
    finish = chunk.choices[0].finish_reason ?? finish;
  }
  return { content, finish };
}

let [valid, cut, wrong] = [0, 0, 0];
for (const file of readdirSync(folder).sort()) {
  const schema = JSON.parse(readFileSync(new URL(file, folder)));
  for (let seed = 1; seed <= Number(seeds); seed += 1) {
    const ask = {
      model, seed, max_tokens: 200, temperature: 0.8, top_p: 0.95,
      messages: [{ role: 'user', content: `Answer with a JSON value that fits this schema: ${JSON.stringify(schema)}` }],
    };
    const asFunction = schema.type === 'object' && seed % 2 === 0;
    const { content, finish } = await text(asFunction
      ? { ...ask, tools: [{ type: 'function', function: { name: 'answer', parameters: schema, strict: true } }], tool_choice: 'required', parallel_tool_calls: false }
      : { ...ask, response_format: { type: 'json_schema', json_schema: { name: 'answer', schema, strict: true } } });
    if (finish === 'length') {
      cut += 1;
    } else if (finish === (asFunction ? 'tool_calls' : 'stop') && ajv.validate(schema, JSON.parse(content))) {
      valid += 1;
    } else {
      wrong += 1;
      console.log(`${file}, seed ${seed}: ${finish}: ${ajv.errorsText()}: ${content}`);
    }
  }
}
console.log(`${valid} valid, ${cut} cut by their length, ${wrong} wrong`);
process.exit(wrong === 0 && cut * 10 <= valid + cut ? 0 : 1);
