// A gateway as npm @grpc/grpc-js meets it: chat, receipt, errors, cancelling, deadline. None of our code takes part.
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
await refusals();
await cancelling();
await deadline();
need((await whole()) === first, 'after a cancel and a deadline the answer differs');
const models = await unary('ListModels', {});
need(models.reply.models.some((entry) => entry.name === model && entry.state === 'MODEL_STATE_READY'), 'ListModels');
client.close();
console.log('grpc-js: chat, receipt, refusals, cancel and deadline are as documented');
