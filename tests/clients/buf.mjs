// The public protocol under npm @bufbuild/buf: lint, breaking changes (WIRE_JSON), and the doors by reflection with buf curl.
//
//   node tests/clients/buf.mjs                      lints src/Bailiwick.Protocol/Protos and compares them with their golden copy
//                                                   (and broken copies, which must fail)
//   node tests/clients/buf.mjs ADDRESS KEY MODEL    also asks a running gateway: http://127.0.0.1:8080, a key of scope inference
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const protos = path.resolve(here, '../../src/Bailiwick.Protocol/Protos');
const golden = path.resolve(here, '../fixtures/golden/protos');
const buf = path.join(here, 'node_modules/.bin/buf');

function need(condition, message) {
  if (!condition) throw new Error(message);
}

// No configuration or cache of the user's counts.
function run(...args) {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'bailiwick-buf-'));
  try {
    return spawnSync(buf, args, { encoding: 'utf8', env: { PATH: process.env.PATH, HOME: home, BUF_CACHE_DIR: home } });
  } finally {
    fs.rmSync(home, { recursive: true });
  }
}

function lint() {
  const good = run('lint', protos);
  need(good.status === 0, `buf lint: ${good.stdout}${good.stderr}`);

  const copy = fs.mkdtempSync(path.join(os.tmpdir(), 'bailiwick-protos-'));
  try {
    fs.cpSync(protos, copy, { recursive: true });
    const file = path.join(copy, 'bailiwick/inference/v1/inference.proto');
    fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('message ListModelsRequest', 'message list_models').replace('(ListModelsRequest)', '(list_models)'));
    const bad = run('lint', copy);
    need(bad.status !== 0 && bad.stdout.includes('PascalCase'), 'buf lint accepted a broken copy: it looked at nothing');
  } finally {
    fs.rmSync(copy, { recursive: true });
  }
  console.log('buf lint: the protocol is clean, a broken copy is not');
}

// What callers hold of the last release must stay readable; the golden copy is extended with each release.
function breaking() {
  const good = run('breaking', protos, '--against', golden);
  need(good.status === 0, `buf breaking: ${good.stdout}${good.stderr}`);

  const copy = fs.mkdtempSync(path.join(os.tmpdir(), 'bailiwick-protos-'));
  try {
    fs.cpSync(protos, copy, { recursive: true });
    const file = path.join(copy, 'bailiwick/inference/v1/inference.proto');
    const text = fs.readFileSync(file, 'utf8');
    const edited = text.replace(/string model = 1;/, 'string model_name = 1;');
    need(edited !== text, 'the broken copy is not broken');
    fs.writeFileSync(file, edited);
    const bad = run('breaking', copy, '--against', golden);
    need(bad.status !== 0 && bad.stdout.includes('model'), 'buf breaking accepted a renamed field: it looked at nothing');
  } finally {
    fs.rmSync(copy, { recursive: true });
  }
  console.log('buf breaking: nothing that callers hold has changed, a renamed field is seen');
}

// By reflection: buf is told nothing of our protos.
function curl(address, key, method, body, anonymous = false) {
  const bearer = `authorization: Bearer ${key}`;
  const header = ['--reflect-header', bearer, ...(anonymous ? [] : ['--header', bearer])];
  return run('curl', '--protocol', 'grpc', '--http2-prior-knowledge', ...header, '--data', JSON.stringify(body), `${address}/${method}`);
}

function ask(address, key, model) {
  const services = run('curl', '--protocol', 'grpc', '--http2-prior-knowledge', '--reflect-header', `authorization: Bearer ${key}`, '--list-services', address);
  for (const name of ['bailiwick.inference.v1.InferenceService', 'bailiwick.operations.v1.OperationsService', 'grpc.health.v1.Health']) {
    need(services.status === 0 && services.stdout.includes(name), `reflection does not list ${name}: ${services.stderr}`);
  }

  const models = curl(address, key, 'bailiwick.inference.v1.InferenceService/ListModels', {});
  need(models.status === 0 && JSON.parse(models.stdout).models.some((entry) => entry.name === model), `ListModels lacks ${model}: ${models.stderr}`);

  const health = curl(address, key, 'grpc.health.v1.Health/Check', { service: model });
  need(JSON.parse(health.stdout || '{}').status === 'SERVING', `health of ${model}: ${health.stdout}${health.stderr}`);

  const chat = curl(address, key, 'bailiwick.inference.v1.InferenceService/Chat', {
    model, messages: [{ role: 'user', content: 'Say one word.' }], settings: { maxTokens: 8, temperature: 0 },
  });
  need(chat.status === 0 && chat.stdout.includes('"started"') && chat.stdout.includes('"finished"'), `Chat: ${chat.stdout}${chat.stderr}`);

  const wrong = curl(address, key, 'bailiwick.inference.v1.InferenceService/Chat', { model });
  need(wrong.status !== 0 && wrong.stderr.includes('invalid_argument') && wrong.stderr.includes('messages'), `a chat without messages: ${wrong.stderr}`);

  const anonymous = curl(address, key, 'bailiwick.inference.v1.InferenceService/ListModels', {}, true);
  need(anonymous.status !== 0 && anonymous.stderr.includes('unauthenticated'), `an anonymous caller: ${anonymous.stderr}`);
  console.log('buf curl: services, models, health, chat and two refusals by reflection');
}

const [address, key, model] = process.argv.slice(2);
lint();
breaking();
if (address) ask(address, key, model);
