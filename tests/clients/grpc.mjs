// A gateway as npm @grpc/grpc-js meets it: chat, receipt, calls of functions, errors, cancelling, deadline. None of our code takes part.
//
//   node tests/clients/grpc.mjs ADDRESS KEY MODEL     127.0.0.1:8080, a key of scope inference, the name of a ready model
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import grpc from '@grpc/grpc-js';
import loader from '@grpc/proto-loader';

const [address, key, model] = process.argv.slice(2);
if (!model) throw new Error('usage: node grpc.mjs ADDRESS KEY MODEL');

const protos = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../src/Bailiwick.Protocol/Protos');
const options = { keepCase: true, longs: String, enums: String, oneofs: true, includeDirs: [protos] };
const { bailiwick } = grpc.loadPackageDefinition(loader.loadSync('bailiwick/inference/v1/inference.proto', options));
const client = new bailiwick.inference.v1.InferenceService(address, grpc.credentials.createInsecure());

function need(condition, message) {
  if (!condition) throw new Error(message);
}

function metadata(secret = key) {
  const headers = new grpc.Metadata();
  if (secret) headers.set('authorization', `Bearer ${secret}`);
  return headers;
}

function question(settings = {}) {
  return { model, messages: [{ role: 'user', content: 'Write one sentence about rain.' }], settings: { max_tokens: 24, temperature: 0, ...settings } };
}

// Runs a stream to its end, however it ends.
function collect(stream, onMessage = () => {}) {
  return new Promise((resolve) => {
    const seen = { messages: [], status: null, error: null };
    stream.on('data', (message) => {
      seen.messages.push(message);
      onMessage(message);
    });
    stream.on('error', (error) => (seen.error = error));
    stream.on('status', (status) => {
      seen.status = status;
      setImmediate(() => resolve(seen));
    });
  });
}

function unary(method, request, secret = key) {
  return new Promise((resolve) => {
    client[method](request, metadata(secret), (error, reply) => resolve({ error, reply }));
  });
}

async function whole() {
  const { messages, status } = await collect(client.Chat(question(), metadata()));
  need(status.code === grpc.status.OK, `chat: ${status.code} ${status.details}`);
  need(messages[0].event === 'started' && messages.at(-1).event === 'finished', 'chat: not started ... finished');
  need(messages[0].started.model.startsWith(`${model}@`), 'chat: no build behind the model');
  const ids = messages.flatMap((message) => message.delta?.token ?? []).map((token) => token.id);
  need(ids.length > 0 && messages.at(-1).finished.answer_tokens >= ids.length, 'chat: token counts');
  const [receipt] = status.metadata.get('bailiwick-receipt');
  const read = JSON.parse(Buffer.from(receipt, 'base64url').toString('utf8'));
  need(read.v === 1 && read.turn === messages[0].started.turn && /^[0-9a-f]{64}$/.test(read.intent), 'chat: receipt');
  return messages.map((message) => message.delta?.text ?? message.finished?.text ?? '').join('');
}

async function refusals() {
  const anonymous = await unary('ListModels', {}, null);
  need(anonymous.error?.code === grpc.status.UNAUTHENTICATED, `anonymous: ${anonymous.error?.code}`);
  const guessed = await unary('ListModels', {}, `bwk_${'0'.repeat(16)}_${'A'.repeat(43)}`);
  need(guessed.error?.code === grpc.status.UNAUTHENTICATED, `guessed key: ${guessed.error?.code}`);
  const missing = await unary('GetModel', { name: 'no-such-model' });
  need(missing.error?.code === grpc.status.NOT_FOUND, `unknown model: ${missing.error?.code}`);
  for (const [settings, field] of [[{ temperature: 9 }, 'settings.temperature'], [{ top_p: 0 }, 'settings.top_p'], [{ max_tokens: 0 }, 'settings.max_tokens']]) {
    const { status } = await collect(client.Chat(question(settings), metadata()));
    need(status.code === grpc.status.INVALID_ARGUMENT && status.details.includes(field), `${field}: ${status.code} ${status.details}`);
    need(status.metadata.get('grpc-status-details-bin').length === 1, `${field}: no details`);
  }
  const unknown = await collect(client.Chat({ ...question(), model: 'no-such-model' }, metadata()));
  need(unknown.status.code === grpc.status.NOT_FOUND, `chat with an unknown model: ${unknown.status.code}`);
}

async function calls() {
  const parameters = {
    type: 'object',
    properties: { city: { type: 'string', enum: ['Paris', 'Berlin'] }, days: { type: 'integer', minimum: 1, maximum: 7 } },
    required: ['city', 'days'],
    additionalProperties: false,
  };
  const tools = [{ name: 'get_weather', description: 'Weather of a city', parameters_json: JSON.stringify(parameters), strict: true }];
  const messages = [{ role: 'user', content: 'How is the weather in Berlin for the next 3 days?' }];
  const asked = { ...question({ max_tokens: 80 }), messages, tools, tool_choice: { name: 'get_weather' }, parallel_tool_calls: false };
  const { messages: events, status } = await collect(client.Chat(asked, metadata()));
  need(status.code === grpc.status.OK, `calls: ${status.code} ${status.details}`);
  need(events.at(-1).finished.reason === 'FINISH_REASON_TOOL_CALLS', `calls: ended as ${events.at(-1).finished.reason}`);
  const pieces = events.flatMap((event) => (event.delta ?? event.finished)?.tool_call ?? []);
  const [first, ...rest] = pieces;
  need(first.name === 'get_weather' && /^call_.+_0$/.test(first.id), `calls: begins with ${JSON.stringify(first)}`);
  need(rest.length > 0 && rest.every((piece) => !piece.index && !piece.id && !piece.name), 'calls: later pieces have an index and arguments alone');
  const args = pieces.map((piece) => piece.arguments).join('');
  const { city, days, ...more } = JSON.parse(args);
  need(['Paris', 'Berlin'].includes(city) && Number.isInteger(days) && days >= 1 && days <= 7 && Object.keys(more).length === 0, `calls: ${args}`);

  const answered = [
    ...messages,
    { role: 'assistant', tool_calls: [{ id: first.id, name: first.name, arguments_json: args }] },
    { role: 'tool', tool_call_id: first.id, content: '18 degrees, rain' },
  ];
  const second = await collect(client.Chat({ ...question(), messages: answered, tools, tool_choice: { mode: 'TOOL_MODE_NONE' } }, metadata()));
  need(second.status.code === grpc.status.OK, `result: ${second.status.code} ${second.status.details}`);
  need(second.messages.every((event) => !(event.delta ?? event.finished)?.tool_call?.length), 'result: a call where none may be');

  for (const [more, field] of [[{ tool_choice: { name: 'no_such' } }, 'tool_choice'], [{ tools: [{ ...tools[0], parameters_json: '{' }] }, 'tools[0].parameters_json']]) {
    const refused = await collect(client.Chat({ ...asked, ...more }, metadata()));
    need(refused.status.code === grpc.status.INVALID_ARGUMENT && refused.status.details.includes(field), `${field}: ${refused.status.code} ${refused.status.details}`);
  }
}

async function cancelling() {
  const call = client.Chat(question({ max_tokens: 400 }), metadata());
  const { status } = await collect(call, (message) => message.event === 'delta' && call.cancel());
  need(status.code === grpc.status.CANCELLED, `cancel: ${status.code} ${status.details}`);
}

async function deadline() {
  const { status } = await collect(client.Chat(question({ max_tokens: 400 }), metadata(), { deadline: Date.now() + 150 }));
  need(status.code === grpc.status.DEADLINE_EXCEEDED, `deadline: ${status.code} ${status.details}`);
}

const first = await whole();
need((await whole()) === first, 'the same greedy question gave two answers');
await calls();
await refusals();
await cancelling();
await deadline();
need((await whole()) === first, 'after a cancel and a deadline the answer differs');
const models = await unary('ListModels', {});
need(models.reply.models.some((entry) => entry.name === model && entry.state === 'MODEL_STATE_READY'), 'ListModels');
client.close();
console.log('grpc-js: chat, receipt, calls, refusals, cancel and deadline are as documented');
