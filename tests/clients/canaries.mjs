// Plants unique words wherever a caller can put text, and provokes every refusal, over the real wires. infra/checks/canaries.sh
// runs it and then looks for the words where they must not be.
//
//   node canaries.mjs plant FOLDER      once through everything
//   node canaries.mjs stream FOLDER N   holds a stream on each door until it ends or N seconds after both flow; FOLDER/streaming exists from then on
// Environment: CANARY (what all words begin with), BAILIWICK_HTTP, BAILIWICK_GRPC, BAILIWICK_OPERATIONS (addresses), BAILIWICK_KEY,
// BAILIWICK_OTHER_KEY (of another scope), BAILIWICK_MODEL. FOLDER/answers gets each refusal as the caller sees it, FOLDER/planted a
// line per word. Ends with 1 when something was answered other than planned: then words may not have been where they should.
import fs from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import grpc from '@grpc/grpc-js';
import loader from '@grpc/proto-loader';

const { CANARY, BAILIWICK_KEY: key, BAILIWICK_OTHER_KEY: otherKey, BAILIWICK_MODEL: model } = process.env;
const [door, rpc, operations] = ['HTTP', 'GRPC', 'OPERATIONS'].map((name) => new URL(process.env[`BAILIWICK_${name}`]));
const [verb, folder, seconds] = process.argv.slice(2);
const answers = path.join(folder, 'answers');
fs.mkdirSync(answers, { recursive: true });

let planted = 0;
let count = 0;
let surprises = 0;

// A new word; what it stands in is written down, so that a hit can be explained.
function word(place) {
  planted += 1;
  const made = `${CANARY}${verb[0]}${String(planted).padStart(3, '0')}`;
  fs.appendFileSync(path.join(folder, 'planted'), `${made} ${place}\n`);
  return made;
}

function keep(name, text) {
  count += 1;
  fs.writeFileSync(path.join(answers, `${verb}-${process.pid}-${String(count).padStart(3, '0')}-${name.replace(/[^a-z0-9]+/gi, '-')}`), text);
}

function expect(name, is, told) {
  if (is) return;
  surprises += 1;
  console.log(`SURPRISE ${name}: ${told}`);
}

// --- HTTP ------------------------------------------------------------------------------------------------------------

const quiet = { connection: 'close' };
const bearer = { authorization: `Bearer ${key}` };

function send(address, method, target, headers, body) {
  return new Promise((resolve) => {
    const request = http.request({ host: address.hostname, port: address.port, method, path: target, headers: { ...quiet, ...headers }, agent: false }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      const end = () => resolve({ status: response.statusCode, headers: response.rawHeaders, body: Buffer.concat(parts).toString('utf8') });
      response.on('end', end);
      response.on('error', end);
    });
    request.on('error', (error) => resolve({ status: 0, headers: [], body: '', error: error.code }));
    request.end(body);
  });
}

function receiptOf(headers) {
  const at = headers.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'x-bailiwick-receipt');
  return at < 0 ? '' : Buffer.from(headers[at + 1], 'base64url').toString('utf8');
}

// Of an answer the headers must be clean; of a refusal its body too.
async function ask(name, wanted, method, target, headers, body, address = door) {
  const seen = await send(address, method, target, headers, body);
  const head = `${seen.status} ${seen.headers.join('\n')}\n${receiptOf(seen.headers)}\n`;
  keep(name, seen.status === 200 ? head : head + seen.body);
  expect(name, [wanted].flat().includes(seen.status), `${seen.status}${seen.error ?? ''} instead of ${wanted}: ${seen.body.slice(0, 300)}`);
  return seen;
}

const post = (name, wanted, target, value, headers = {}) =>
  ask(name, wanted, 'POST', target, { 'content-type': 'application/json', ...bearer, ...headers }, typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value));

const chat = (value) => ({ model, messages: [{ role: 'user', content: word('chat prompt') }], max_tokens: 4, ...value });

function headersFull() {
  return {
    'user-agent': word('User-Agent'), 'x-canary': word('unknown header'), cookie: `a=${word('Cookie')}`, referer: `http://${word('Referer')}/`,
    'x-forwarded-for': word('X-Forwarded-For'), 'x-request-id': word('X-Request-Id'), 'idempotency-key': word('Idempotency-Key'),
    'openai-organization': word('OpenAI-Organization'), traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    tracestate: `canary=${word('tracestate')}`, baggage: `canary=${word('baggage')}`, 'accept-language': word('Accept-Language'), accept: `text/${word('Accept')}`,
  };
}

async function answered() {
  for (const stream of [false, true]) {
    const answer = word('answer by HTTP');
    const seen = await post('chat', 200, `/v1/chat/completions?${word('query key')}=${word('query value')}`, {
      model, stream, max_tokens: 64, store: true, user: word('user'), metadata: { [word('metadata key')]: word('metadata value') },
      messages: [
        { role: 'system', content: word('system message') },
        { role: 'user', content: word('user message'), name: word('name of a message') },
        { role: 'assistant', content: word('assistant message'), refusal: word('dropped field') },
        { role: 'user', content: [{ type: 'text', text: word('text part') }] },
      ],
      guided_regex: answer, stop: [word('stop string')],
    }, headersFull());
    const text = stream ? [...seen.body.matchAll(/"content":"([^"]*)"/g)].map((match) => match[1]).join('') : seen.body;
    expect('answer by HTTP', text.includes(answer), seen.body.slice(0, 300));
  }

  const answer = word('completion');
  const completed = await post('completion', 200, '/v1/completions', {
    model, prompt: word('completion prompt'), max_tokens: 64, stop: word('stop of a completion'), guided_regex: answer, logprobs: 2,
  });
  expect('completion', completed.body.includes(answer), completed.body.slice(0, 300));
  const name = word('schema property');
  const value = word('schema const');
  const typed = await post('json_schema', 200, '/v1/chat/completions', chat({
    max_tokens: 96,
    response_format: { type: 'json_schema', json_schema: { name: word('schema name'), schema: {
      title: word('schema title'), description: word('schema description'), type: 'object', properties: { [name]: { const: value } }, required: [name], additionalProperties: false,
    } } },
  }));
  expect('json_schema', typed.body.includes(value), typed.body.slice(0, 300));
  await post('tools unused', 200, '/v1/chat/completions', chat({ tool_choice: 'none', tools: [{ type: 'function', function: { name: word('tool name'), description: word('tool description'), parameters: { [word('tool parameter')]: 1 } } }] }));
}

// What is kept, and told again, stands in the tables sealed.
async function kept() {
  const title = word('metadata of a conversation');
  const made = await post('conversation', 200, '/v1/conversations', { metadata: { title } });
  const conversation = JSON.parse(made.body).id;
  expect('conversation', made.body.includes(title), made.body);
  const headers = { 'idempotency-key': word('Idempotency-Key of a conversation') };
  const [asked, answer] = [word('message of a conversation'), word('answer of a conversation')];
  const turn = { model, max_tokens: 64, messages: [{ role: 'user', content: asked }], guided_regex: answer, bailiwick: { conversation } };
  const first = await post('turn of a conversation', 200, '/v1/chat/completions', turn, headers);
  const again = await post('turn of a conversation, again', 200, '/v1/chat/completions', turn, headers);
  expect('the same answer', first.body.includes(answer) && first.body === again.body, again.body.slice(0, 300));
  const items = await send(door, 'GET', `/v1/conversations/${conversation}/items`, bearer);
  expect('items', items.body.includes(asked) && items.body.includes(answer), items.body.slice(0, 300));
  await post('key of another body', 422, '/v1/chat/completions', chat({ bailiwick: { conversation } }), headers);
  await post('no such conversation', 404, '/v1/chat/completions', chat({ bailiwick: { conversation: word('id of a conversation') } }));
  await post('metadata out of range', 400, '/v1/conversations', { metadata: { long: word('metadata value').repeat(60) } });
  // One that stays, and one that is gone before the tables are searched.
  const gone = JSON.parse((await post('conversation', 200, '/v1/conversations', { metadata: { title: word('metadata, erased') } })).body).id;
  await ask('erased', 200, 'DELETE', `/v1/conversations/${gone}`, bearer);
}

async function refused() {
  const chats = '/v1/chat/completions';
  await post('broken JSON', 400, chats, `{"model": "${word('broken JSON')}", "messages": [${word('broken JSON, bare')}`);
  await post('wrong type', 400, chats, chat({ temperature: word('temperature') }));
  await post('wrong role', 400, chats, chat({ messages: [{ role: word('role'), content: word('content beside a wrong role') }] }));
  await post('wrong part', [400, 422], chats, chat({ messages: [{ role: 'user', content: [{ type: word('part type'), [word('part field')]: 1 }] }] }));
  await post('duplicate key', 400, chats, `{"${word('duplicate key')}d":1,"${CANARY}d":1,"${CANARY}d":2}`);
  await post('not UTF-8', 400, chats, Buffer.concat([Buffer.from(`{"model":"${word('not UTF-8')}`), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]));
  await post('deep', 400, chats, '['.repeat(10000) + `"${word('deep JSON')}"` + ']'.repeat(10000));
  await post('half a surrogate', 400, chats, `{"model":"${word('half a surrogate')}\\ud800"}`);
  await post('no object', 400, chats, `"${word('no object')}"`);
  await post('long stop', 400, chats, chat({ stop: word('too long a stop').repeat(30) }));
  await post('seed', 400, chats, chat({ seed: word('seed') }));
  await post('logit_bias', [400, 422], chats, chat({ logit_bias: { [word('logit_bias key')]: 1 } }));
  await post('extension', 400, chats, chat({ bailiwick: { [word('extension field')]: 1 } }));
  await post('over-long prompt', 400, chats, chat({ messages: [{ role: 'user', content: `${word('over-long prompt')} `.repeat(4000) }] }));
  await post('over-long completion', 400, '/v1/completions', { model, prompt: `${word('over-long completion')} `.repeat(4000) });
  for (const [what, schema] of [
    ['type', { type: word('schema type') }], ['ref', { $ref: `#/$defs/${word('schema ref')}` }], ['pattern', { type: 'string', pattern: `(${word('schema pattern')}` }],
    ['not', { type: 'object', properties: { [word('property above a bad keyword')]: { not: { const: word('const below not') } } } }],
    ['keyword', { type: 'object', [word('schema keyword')]: 1, unevaluatedItems: { const: word('unevaluatedItems') } }],
    ['impossible', { allOf: [{ const: word('const one') }, { const: word('const two') }] }],
  ]) {
    await post(`bad schema ${what}`, [200, 400, 422], chats, chat({ response_format: { type: 'json_schema', json_schema: { name: 's', schema } } }));
  }

  await post('bad regex', [400, 422], chats, chat({ guided_regex: `(${word('bad regex')}[` }));
  await post('response_format', 422, chats, chat({ response_format: { type: word('response_format type') } }));
  await post('guided_choice', 422, chats, chat({ guided_choice: [word('guided_choice')] }));
  await post('n', 422, chats, chat({ n: 3 }));
  await post('tools', 400, chats, chat({ tools: [{ type: 'function', function: { name: word('called tool') } }], tool_choice: word('tool_choice') }));
  await post('image', [400, 422], chats, chat({ messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: `data:image/png;base64,${word('image')}` } }] }] }));
  await post('embeddings', 422, '/v1/embeddings', { model: word('embeddings model'), input: word('embeddings input') });
  await post('responses', 405, `/v1/responses/${word('response id')}`, { input: word('responses input') });
  await post('encoding', 422, chats, chat({}), { 'content-encoding': word('Content-Encoding') });
  await post('unknown model', 404, chats, chat({ model: word('unknown model') }));
  await post('unknown build', 404, chats, chat({ model: `${model}@${word('unknown build')}` }));
  await post('long model', 400, chats, chat({ model: word('too long a model').repeat(20) }));
  await ask('unknown path', 404, 'GET', `/v1/${word('path')}?q=${word('query of an unknown path')}`, { ...bearer, ...headersFull() });
  await ask('unknown model by GET', 404, 'GET', `/v1/models/${word('model in a path')}`, bearer);
  await ask('method', 405, 'DELETE', `${chats}?${word('query of a wrong method')}`, { ...bearer, ...headersFull() });
  await ask('odd method', [400, 404, 405], CANARY.toUpperCase(), chats, bearer);
  await ask('too large', [413, 0], 'POST', chats, { ...bearer, 'content-type': 'application/json' }, `{"model":"${word('too large a body').repeat(300000)}"}`);
  const wrong = [`Bearer ${word('wrong key')}`, `Bearer bwk_${word('wrong key of the right form')}`, `Basic ${Buffer.from(word('Basic credential')).toString('base64')}`, word('bare Authorization')];
  for (const authorization of wrong) {
    await ask('wrong key', 401, 'POST', `${chats}?api_key=${word('key in a query')}`, { authorization, ...headersFull() }, JSON.stringify(chat({})));
    await ask('wrong key, operations', 401, 'GET', `/${word('path on the operations port')}`, { authorization }, undefined, operations);
  }

  await ask('other scope', 403, 'POST', chats, { authorization: `Bearer ${otherKey}`, ...headersFull() }, JSON.stringify(chat({})));
  for (const field of ['jurisdiction', 'class', 'purpose', 'tenant', word('label field')]) {
    await post(`label ${field}`, [400, 403, 421], chats, chat({ bailiwick: { label: { [field]: word(`label's ${field}`) } } }));
  }

  await post('denied', 403, chats, chat({ bailiwick: { label: { class: 'internal' } } }));
  await ask('operations, unknown path', 404, 'GET', `/${word('operations path')}?${word('operations query')}`, { ...bearer, ...headersFull() }, undefined, operations);
}

// --- Below HTTP: bytes that are no request ------------------------------------------------------------------------------

function raw(name, address, bytes) {
  return new Promise((resolve) => {
    const parts = [];
    const socket = net.connect(Number(address.port), address.hostname, () => socket.write(bytes));
    socket.setTimeout(3000, () => socket.destroy());
    socket.on('data', (part) => parts.push(part));
    socket.on('error', () => {});
    socket.on('close', () => {
      keep(name, Buffer.concat(parts));
      resolve();
    });
  });
}

function hello(address) {
  return new Promise((resolve) => {
    const socket = tls.connect({ host: address.hostname, port: Number(address.port), servername: `${word('server name of TLS')}.example`, rejectUnauthorized: false });
    socket.setTimeout(3000, () => socket.destroy());
    socket.on('error', () => {});
    socket.on('close', resolve);
  });
}

async function garbage() {
  const auth = `Host: a\r\nAuthorization: Bearer ${key}\r\nConnection: close\r\n`;
  for (const address of [door, operations, rpc]) {
    await raw('no request', address, `${word('garbage')}\r\n\r\n`);
    await raw('version', address, `GET /${word('path of a wrong version')} HTTP/9.9\r\n\r\n`);
    await raw('header without colon', address, `GET / HTTP/1.1\r\n${auth}${word('header without colon')}\r\n\r\n`);
    await raw('NUL in a header', address, `GET / HTTP/1.1\r\n${auth}X: ${word('header with NUL')}\0\r\n\r\n`);
    await raw('host', address, `GET / HTTP/1.1\r\nHost: ${word('bad host')} b/c\r\n\r\n`);
    await raw('long target', address, `GET /${word('long target').repeat(800)} HTTP/1.1\r\n${auth}\r\n`);
    await raw('long header', address, `GET / HTTP/1.1\r\n${auth}X: ${word('long header').repeat(3000)}\r\n\r\n`);
    await raw('percent', address, `GET /%zz${word('bad escape')}%00 HTTP/1.1\r\n${auth}\r\n`);
    await raw('chunk', address, `POST /v1/chat/completions HTTP/1.1\r\n${auth}Transfer-Encoding: chunked\r\n\r\n${word('chunk size')}\r\n`);
    await raw('early end', address, `POST /v1/completions HTTP/1.1\r\n${auth}Content-Length: 100000\r\n\r\n{"prompt":"${word('body that ends early')}`);
    await raw('HTTP/2 garbage', address, `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${word('HTTP/2 garbage')}`);
    await hello(address);
  }
}

// --- gRPC --------------------------------------------------------------------------------------------------------------

const protos = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../src/Bailiwick.Protocol/Protos');
const options = { keepCase: true, longs: String, enums: String, oneofs: true, includeDirs: [protos] };
const load = (file) => grpc.loadPackageDefinition(loader.loadSync(`bailiwick/${file}`, options)).bailiwick;
const channel = [rpc.host, grpc.credentials.createInsecure(), { 'grpc.primary_user_agent': `${CANARY}useragent` }];
const inference = new (load('inference/v1/inference.proto').inference.v1.InferenceService)(...channel);
const keys = new (load('operations/v1/operations.proto').operations.v1.OperationsService)(...channel);
const audit = new (load('audit/v1/audit.proto').audit.v1.AuditService)(...channel);

function metadata(secret = key) {
  const made = new grpc.Metadata();
  made.set('authorization', `Bearer ${secret}`);
  made.set('x-canary', word('metadata'));
  made.set('x-canary-bin', Buffer.from(word('binary metadata')));
  return made;
}

function told(error) {
  const lines = Object.entries(error.metadata?.internalRepr ? Object.fromEntries(error.metadata.internalRepr) : {});
  return `${error.code} ${error.details}\n${lines.map(([name, values]) => `${name}: ${values.map((value) => value.toString('latin1')).join(' ')}`).join('\n')}`;
}

function streamed(name, wanted, call) {
  return new Promise((resolve) => {
    let text = '';
    call.on('data', (message) => (text += message.delta?.text ?? message.finished?.text ?? ''));
    call.on('error', () => {});
    call.on('status', (status) => {
      keep(name, told(status));
      expect(name, [wanted].flat().includes(status.code), `gRPC ${status.code} ${status.details}`);
      resolve(text);
    });
  });
}

function unary(name, wanted, service, method, request, secret) {
  return new Promise((resolve) => {
    service[method](request, metadata(secret), (error) => {
      if (error) keep(name, told(error));
      expect(name, [wanted].flat().includes(error?.code ?? 0), `gRPC ${error?.code} ${error?.details}`);
      resolve();
    });
  });
}

const question = (settings = {}, more = {}) => ({ model, messages: [{ role: 'user', content: word('gRPC prompt') }], settings: { max_tokens: 4, ...settings }, ...more });
const { status: code } = grpc;

async function byGrpc() {
  const answer = word('answer by gRPC');
  const text = await streamed('Chat', code.OK, inference.Chat({
    ...question({ max_tokens: 64, grammar: { regex: answer }, stop: [word('gRPC stop string')] }),
    messages: [{ role: 'system', content: word('gRPC system message') }, { role: 'user', content: word('gRPC user message') }],
    resume: { turn: word('turn to resume'), token: [] },
  }, metadata()));
  expect('answer by gRPC', text.includes(answer), text);
  const lark = word('Lark answer');
  const generated = await streamed('Generate', code.OK, inference.Generate({ model, prompt: word('Generate prompt'), settings: { max_tokens: 64, grammar: { lark: `start: "${lark}"` } } }, metadata()));
  expect('Lark answer', generated.includes(lark), generated);
  await unary('Tokenize', code.OK, inference, 'Tokenize', { model, text: word('Tokenize text') });

  await streamed('unknown model', code.NOT_FOUND, inference.Chat({ ...question(), model: word('gRPC unknown model') }, metadata()));
  await streamed('bad role', code.INVALID_ARGUMENT, inference.Chat({ ...question(), messages: [{ role: word('gRPC role'), content: word('content beside a wrong gRPC role') }] }, metadata()));
  await streamed('long prompt', code.INVALID_ARGUMENT, inference.Generate({ model, prompt: `${word('over-long gRPC prompt')} `.repeat(4000) }, metadata()));
  await streamed('long stop', code.INVALID_ARGUMENT, inference.Chat(question({ stop: [word('too long a gRPC stop').repeat(30)] }), metadata()));
  for (const grammar of [{ json_schema: `{"type": "${word('gRPC schema type')}"}` }, { json_schema: `{${word('broken gRPC schema')}` }, { regex: `(${word('bad gRPC regex')}` }, { lark: `start: ${word('bad Lark')}` }]) {
    await streamed('bad grammar', [code.INVALID_ARGUMENT, code.UNIMPLEMENTED], inference.Chat(question({ grammar }), metadata()));
  }

  for (const field of ['jurisdiction', 'class', 'purpose', 'tenant']) {
    await streamed(`label ${field}`, [code.PERMISSION_DENIED, code.INVALID_ARGUMENT], inference.Chat(question({}, { label: { [field]: word(`gRPC label's ${field}`) } }), metadata()));
  }

  await unary('Tokenize, denied', code.PERMISSION_DENIED, inference, 'Tokenize', { model, text: word('denied Tokenize text'), label: { purpose: word('denied Tokenize purpose') } });
  await unary('Tokenize, unknown model', code.NOT_FOUND, inference, 'Tokenize', { model: word('Tokenize model'), text: word('Tokenize text without model') });
  await unary('GetModel', code.NOT_FOUND, inference, 'GetModel', { name: word('GetModel name') });
  await unary('wrong key', code.UNAUTHENTICATED, inference, 'Tokenize', { model, text: word('Tokenize text with a wrong key') }, word('wrong gRPC key'));
  await unary('other scope', code.PERMISSION_DENIED, inference, 'Tokenize', { model, text: word('Tokenize text of another scope') }, otherKey);
  await unary('Drain', code.NOT_FOUND, keys, 'Drain', { zone: word('Drain zone'), node: word('Drain node') });
  await unary('CreateKey', code.INVALID_ARGUMENT, keys, 'CreateKey', { name: word('name of a refused key').toUpperCase(), jurisdiction: word('jurisdiction of a refused key'), class: 'public', purpose: 'p', tenant: 't', scopes: [word('scope of a refused key')] });
  await unary('RevokeKey', code.NOT_FOUND, keys, 'RevokeKey', { id: word('id of a key') });
  // A hash is what a caller asks the log for, hence what PostgreSQL is asked for: no text.
  await unary('GetProof', code.NOT_FOUND, audit, 'GetProof', { leaf_hash: Buffer.alloc(32, 7) });
}

// What grpc-js would not send.
async function byHttp2() {
  const session = http2.connect(rpc.origin);
  session.on('error', () => {});
  const head = () => ({ ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers', authorization: `Bearer ${key}`, 'x-canary': word('HTTP/2 header') });
  const frame = (bytes) => Buffer.concat([Buffer.from([0]), Buffer.from(Uint32Array.of(bytes.length).buffer).swap32(), bytes]);
  const method = '/bailiwick.inference.v1.InferenceService/Tokenize';
  const cases = {
    'unknown service': [{ ':path': `/${word('gRPC service')}/${word('gRPC method')}` }, frame(Buffer.alloc(0))],
    'unknown method': [{ ':path': `/bailiwick.inference.v1.InferenceService/${word('unknown gRPC method')}` }, frame(Buffer.alloc(0))],
    'no protobuf': [{ ':path': method }, frame(Buffer.from(`\x0a\xff${word('broken protobuf')}`))],
    'length': [{ ':path': method }, Buffer.concat([Buffer.from([0, 0x7f, 0xff, 0xff, 0xff]), Buffer.from(word('message too long'))])],
    'timeout': [{ ':path': method, 'grpc-timeout': word('grpc-timeout') }, frame(Buffer.alloc(0))],
    'encoding': [{ ':path': method, 'grpc-encoding': word('grpc-encoding') }, Buffer.concat([Buffer.from([1]), frame(Buffer.from(word('compressed message'))).subarray(1)])],
    'content type': [{ ':path': `/${word('path without gRPC')}`, 'content-type': `text/${word('content type')}` }, Buffer.from(word('body without gRPC'))],
    'reflection': [{ ':path': '/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo' }, frame(Buffer.from(`\x1a\x17${word('reflected file').padEnd(23, 'x').slice(0, 23)}`))],
    'health': [{ ':path': '/grpc.health.v1.Health/Check' }, frame(Buffer.from(`\x0a\x17${word('health service').padEnd(23, 'x').slice(0, 23)}`))],
  };
  for (const [name, [headers, body]] of Object.entries(cases)) {
    await new Promise((resolve) => {
      const stream = session.request({ ...head(), ...headers });
      let seen = '';
      const note = (fields) => (seen += `${JSON.stringify(fields)}\n${Buffer.from(fields['grpc-status-details-bin'] ?? '', 'base64').toString('latin1')}\n`);
      stream.on('response', note);
      stream.on('trailers', note);
      // The reflection service repeats the request as its protocol says: to the caller, who has it.
      stream.on('data', (part) => (seen += name === 'reflection' ? '' : part.toString('latin1')));
      stream.on('error', () => {});
      stream.setTimeout(5000, () => stream.close());
      stream.on('close', () => {
        keep(`http2 ${name}`, seen);
        resolve();
      });
      stream.end(body);
    });
  }

  session.destroy();
}

async function plant() {
  await answered();
  await kept();
  await refused();
  await byGrpc();
  await byHttp2();
  await garbage();
  const { status } = await post('after all of it', 200, '/v1/chat/completions', chat({}));
  expect('after all of it', status === 200, status);
}

// --- Streams that somebody will break -------------------------------------------------------------------------------------

async function hold() {
  const patience = 20_000;
  const grammar = () => `(${word('answer of a broken stream')} ){200}`;
  const flowing = [];
  const both = [0, 1].map((index) => new Promise((resolve) => (flowing[index] = resolve)));
  const call = inference.Generate({ model, prompt: word('prompt of a broken gRPC stream'), settings: { max_tokens: 2000, grammar: { regex: grammar() } } }, metadata());
  call.on('data', (message) => message.delta && flowing[0]());
  const rpcDone = streamed('broken stream', [code.OK, code.CANCELLED, code.UNAVAILABLE, code.INTERNAL], call);
  const request = http.request({ host: door.hostname, port: door.port, method: 'POST', path: '/v1/completions', headers: { ...quiet, ...bearer }, agent: false });
  const httpDone = new Promise((resolve) => {
    let seen = '';
    const end = () => {
      keep('broken stream', [...seen.matchAll(/data: \{"error".*/g)].map((match) => match[0]).join('\n'));
      resolve();
    };
    request.on('error', end);
    request.on('response', (response) => {
      response.on('data', (part) => {
        seen += part;
        flowing[1]();
      });
      response.on('error', end);
      response.on('end', end);
    });
  });
  request.end(JSON.stringify({ model, stream: true, prompt: word('prompt of a broken HTTP stream'), max_tokens: 2000, guided_regex: grammar() }));
  await Promise.race([Promise.all(both), new Promise((resolve) => setTimeout(resolve, patience))]);
  fs.writeFileSync(path.join(folder, 'streaming'), '');
  const timer = setTimeout(() => {
    call.cancel();
    request.destroy();
  }, Number(seconds) * 1000);
  await Promise.all([rpcDone, httpDone]);
  clearTimeout(timer);
}

await (verb === 'stream' ? hold() : plant());
for (const service of [inference, keys, audit]) service.close();
console.log(`${verb}: ${planted} words planted, ${count} answers kept, ${surprises} surprises`);
process.exit(surprises === 0 ? 0 : 1);
