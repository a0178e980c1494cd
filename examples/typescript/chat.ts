// OpenAI's own client against a gateway.
//   BAILIWICK_URL=https://127.0.0.1:8081/v1 BAILIWICK_KEY=... NODE_EXTRA_CA_CERTS=ca.pem npm start
// BAILIWICK_KEY is an API key, or a token of an issuer that the gateway knows. The site's authority: see ../README.md.
import OpenAI from 'openai';

const client = new OpenAI({ baseURL: required('BAILIWICK_URL'), apiKey: required('BAILIWICK_KEY') });

// What the cluster serves.
const models = await client.models.list();
const model = models.data[0]?.id ?? fail('the cluster serves no model yet');
console.log(`model: ${model}`);

// A whole answer. Its receipt names the two records in the log and opens their commitments.
const { data, response } = await client.chat.completions
  .create({ model, messages: [{ role: 'user', content: 'Name a city.' }], max_tokens: 32, temperature: 0, seed: 7 })
  .withResponse();
console.log(`answer: ${data.choices[0]?.message.content}`);
const receipt = JSON.parse(Buffer.from(response.headers.get('x-bailiwick-receipt') ?? fail('no receipt'), 'base64url').toString());
console.log(`turn: ${receipt.turn}, build: ${receipt.build}`);

// The same as a stream: the same seed and build give the same text.
let text = '';
const stream = await client.chat.completions.create({
  model, messages: [{ role: 'user', content: 'Name a city.' }], max_tokens: 32, temperature: 0, seed: 7, stream: true,
});
for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
console.log(`streamed: ${text === data.choices[0]?.message.content ? 'equal' : 'different'}`);

// A refusal has a code and a sentence that says what to do.
try {
  await client.chat.completions.create({ model: 'no-such-model', messages: [{ role: 'user', content: 'x' }] });
  fail('a model that does not exist was not refused');
} catch (error) {
  if (!(error instanceof OpenAI.APIError)) throw error;
  console.log(`refused: ${error.status} ${error.code}`);
}

function required(name: string): string {
  return process.env[name] ?? fail(`${name} is not set`);
}

function fail(reason: string): never {
  console.error(reason);
  process.exit(1);
}
