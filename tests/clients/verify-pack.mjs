// Verifies evidence packs with npm @sigstore/verify and node's own crypto: none of our code takes part.
//
//   node tests/clients/verify-pack.mjs                     the fixture pack, untouched and with seeded edits of every kind
//   node tests/clients/verify-pack.mjs PACK LOG-VKEY       one pack
//
// Where the CLI is built (dotnet build), it must give the same verdict for each edited pack.
import { createHash, createPublicKey, verify as verifySignature } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import Ajv from 'ajv/dist/2020.js';

const require = createRequire(import.meta.url);
const { verifyCheckpoint } = require('@sigstore/verify/dist/tlog/checkpoint.js');
const { verifyMerkleInclusion } = require('@sigstore/verify/dist/tlog/merkle.js');

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const schema = JSON.parse(fs.readFileSync(path.join(root, 'src/Bailiwick.Evidence/leaf.schema.json')));
const isLeaf = new Ajv({ allErrors: false, strict: true, allowUnionTypes: true }).compile(schema);

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
const node = (left, right) => sha256(Buffer.from([1]), left, right);

function logOf(vkey) {
  const [name, id, material] = vkey.trim().split('+');
  const rest = vkey.trim().slice(name.length + id.length + 2);
  const key = Buffer.from(rest ?? material, 'base64');
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key.subarray(1)]);
  const publicKey = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  return { name, baseURL: name, logID: Buffer.from(id, 'hex'), publicKey };
}

// The pack as a map from name to bytes, so that edits need no disk.
function load(folder) {
  const files = new Map();
  for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) {
      const full = path.join(entry.parentPath ?? entry.path, entry.name);
      files.set(path.relative(folder, full), fs.readFileSync(full));
    }
  }
  return files;
}

function need(condition, message) {
  if (!condition) throw new Error(message);
}

function tilePath(level, index, width) {
  let text = String(index % 1000).padStart(3, '0');
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    text = `x${String(rest % 1000).padStart(3, '0')}/${text}`;
  }
  return `tile/${level}/${text}${width === 256 ? '' : `.p/${width}`}`;
}

function tilesOf(size) {
  const tiles = [];
  for (let level = 0, hashes = size; hashes > 0; level += 1, hashes = Math.floor(hashes / 256)) {
    for (let index = 0; index * 256 < hashes; index += 1) {
      tiles.push({ level, name: tilePath(level, index, Math.min(256, hashes - index * 256)) });
    }
  }
  return tiles;
}

// All levels over some leaf hashes; a node without sibling is passed up.
function levelsOver(hashes) {
  const levels = [hashes];
  while (levels.at(-1).length > 1) {
    const below = levels.at(-1);
    const above = [];
    for (let i = 0; i < below.length; i += 2) above.push(i + 1 < below.length ? node(below[i], below[i + 1]) : below[i]);
    levels.push(above);
  }
  return levels;
}

function pathOf(levels, index) {
  const siblings = [];
  for (let level = 0, at = index; level < levels.length - 1; level += 1, at >>= 1) {
    const sibling = at ^ 1;
    if (sibling < levels[level].length) siblings.push(levels[level][sibling]);
  }
  return siblings;
}

function openCheckpoint(files, name, log) {
  need(files.has(name), `${name}: is missing`);
  const envelope = files.get(name).toString('utf8');
  let checkpoint;
  try {
    checkpoint = verifyCheckpoint({ inclusionProof: { checkpoint: { envelope } } }, [log]);
  } catch (error) {
    throw new Error(`${name}: ${error.message}`);
  }
  need(checkpoint.origin === log.name, `${name}: is of another log`);
  return checkpoint;
}

function checkManifest(files, checkpoint, log) {
  need(files.has('MANIFEST'), 'MANIFEST: is missing');
  const note = files.get('MANIFEST').toString('utf8');
  const [text, lines] = [note.slice(0, note.lastIndexOf('\n\n') + 1), note.slice(note.lastIndexOf('\n\n') + 2)];
  const match = /^\u2014 (\S+) (\S+)\n$/.exec(lines);
  need(match && match[1] === log.name, 'MANIFEST: has not exactly one signature of the log');
  const signature = Buffer.from(match[2], 'base64');
  need(signature.toString('base64') === match[2] && signature.subarray(0, 4).equals(log.logID), 'MANIFEST: another key');
  need(verifySignature(null, Buffer.from(text), log.publicKey, signature.subarray(4)), 'MANIFEST: invalid signature');
  const [version, origin, size, rootHash, ...listed] = text.trimEnd().split('\n');
  need(version === 'bailiwick evidence pack v1' && origin === log.name, 'MANIFEST: of another kind or log');
  need(BigInt(size) === checkpoint.logSize && rootHash === checkpoint.logHash.toString('base64'), 'MANIFEST: another tree');
  const known = new Set(['MANIFEST', ...tilesOf(Number(size)).map((tile) => tile.name)]);
  for (const line of listed) {
    const [hash, length, name] = line.split(' ');
    known.add(name);
    need(files.has(name), `${name}: is missing`);
    need(sha256(files.get(name)).toString('hex') === hash && files.get(name).length === Number(length), `${name}: is not the file listed`);
  }
  for (const name of files.keys()) need(known.has(name), `${name}: does not belong to this pack`);
}

function checkTree(files, checkpoint) {
  const size = Number(checkpoint.logSize);
  const lines = files.get('events.jsonl').toString('latin1').split('\n');
  need(lines.pop() === '', 'events.jsonl: no newline at the end');
  need(lines.length === size, `events.jsonl: ${lines.length} lines where the signed tree has ${size} leaves`);
  const tiles = tilesOf(size);
  for (const tile of tiles) need(files.has(tile.name), `${tile.name}: is missing`);
  const stored = Buffer.concat(tiles.filter((tile) => tile.level === 0).map((tile) => files.get(tile.name)));
  need(stored.length === size * 32, 'tile/0: length');
  const levels = levelsOver(Array.from({ length: size }, (_, i) => stored.subarray(i * 32, i * 32 + 32)));
  lines.forEach((line, index) => {
    try {
      const entry = { canonicalizedBody: Buffer.from(line, 'latin1'), inclusionProof: { logIndex: String(index), hashes: pathOf(levels, index) } };
      verifyMerkleInclusion(entry, checkpoint);
    } catch (error) {
      throw new Error(`events.jsonl, line ${index + 1}: ${error.message}`);
    }
    need(isLeaf(JSON.parse(line)), `events.jsonl, line ${index + 1}: ${JSON.stringify(isLeaf.errors)}`);
  });
  for (const tile of tiles.filter((other) => other.level > 0)) {
    const width = files.get(tile.name).length / 32;
    const first = Number(tile.name.split('.p/')[0].split('/').slice(2).map((part) => part.replace('x', '')).join('')) * 256;
    const expected = Buffer.concat(levels[8 * tile.level].slice(first, first + width));
    need(expected.equals(files.get(tile.name)), `${tile.name}: is not the tile of the signed tree`);
  }
  return levels[0];
}

function verifyPack(files, vkey) {
  const log = logOf(vkey);
  const checkpoint = openCheckpoint(files, 'checkpoint', log);
  checkManifest(files, checkpoint, log);
  const leaves = checkTree(files, checkpoint);
  if (files.has('checkpoint.previous')) {
    const previous = openCheckpoint(files, 'checkpoint.previous', log);
    const beginning = levelsOver(leaves.slice(0, Number(previous.logSize))).at(-1)[0];
    need(beginning.equals(previous.logHash), 'checkpoint.previous: is not the beginning of this tree');
  }
  return Number(checkpoint.logSize);
}

// --- seeded edits of every kind --------------------------------------------------------------------------------------

function generator(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 2654435769) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const edits = {
  bit(files, random) {
    const names = [...files.keys()].sort();
    const name = names[random(names.length)];
    const bytes = Buffer.from(files.get(name));
    bytes[random(bytes.length)] ^= 1 << random(8);
    files.set(name, bytes);
  },
  drop: lineEdit((lines, at) => lines.splice(at, 1)),
  swap: lineEdit((lines, at) => ([lines[at], lines[at + 1]] = [lines[at + 1], lines[at]])),
  repeat: lineEdit((lines, at) => lines.splice(at, 0, lines[at])),
  tail: lineEdit((lines, at) => lines.splice(at + 1)),
  olderCheckpoint: (files) => files.set('checkpoint', files.get('checkpoint.previous')),
  otherKey(files, random) {
    const name = random(2) ? 'checkpoint' : 'MANIFEST';
    const text = files.get(name).toString('utf8').replace(/(\u2014 \S+ \S{8})\S{6}/, '$1AAAAAA');
    files.set(name, Buffer.from(text));
  },
  manifest(files) {
    const lines = files.get('MANIFEST').toString('utf8').split('\n');
    lines.splice(4, 1);
    files.set('MANIFEST', Buffer.from(lines.join('\n')));
  },
  missing(files, random) {
    const names = [...files.keys()].sort();
    files.delete(names[random(names.length)]);
  },
  stray: (files) => files.set('tile/0/x001/000', Buffer.alloc(32)),
};

function lineEdit(edit) {
  return (files, random) => {
    const lines = files.get('events.jsonl').toString('latin1').split('\n').slice(0, -1);
    edit(lines, random(lines.length - 1));
    files.set('events.jsonl', Buffer.from(lines.map((line) => line + '\n').join(''), 'latin1'));
  };
}

function cliPath() {
  return ['Release', 'Debug'].map((kind) => path.join(root, `src/Bailiwick.Cli/bin/${kind}/net10.0/bailiwick.dll`)).find(fs.existsSync);
}

// Our own verdict on the same files: true, false, or null where the CLI is not built.
function ours(files, vkey, cli) {
  if (!cli) return null;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bailiwick-pack-'));
  try {
    for (const [name, bytes] of files) {
      fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      fs.writeFileSync(path.join(folder, name), bytes);
    }
    const { status } = spawnSync('dotnet', [cli, 'audit', 'verify', folder, '--key', vkey]);
    need(status === 0 || status === 1, `bailiwick audit verify ended with ${status}`);
    return status === 0;
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

function theirs(files, vkey) {
  try {
    verifyPack(files, vkey);
    return null;
  } catch (error) {
    return error.message;
  }
}

// The published schema takes every golden leaf and none of those that our reader refuses for a field.
function checkLeaves() {
  const lines = (name) => fs.readFileSync(path.join(root, 'tests/fixtures/leaves', name), 'utf8').trimEnd().split('\n');
  const [good, bad] = [lines('leaves.jsonl'), lines('refused.jsonl')];
  for (const line of good) need(isLeaf(JSON.parse(line)), `the schema refuses ${line}: ${JSON.stringify(isLeaf.errors)}`);
  for (const line of bad) need(!isLeaf(JSON.parse(line)), `the schema takes ${line}`);
  console.log(`leaf.schema.json: ${good.length} leaves taken and ${bad.length} refused, as by our reader`);
}

function checkFixture() {
  checkLeaves();
  const fixture = path.join(root, 'tests/fixtures/pack');
  const vkey = JSON.parse(fs.readFileSync(path.join(root, 'tests/fixtures/merkle/keys.json'))).keys[0].vkey;
  const cli = cliPath();
  const size = verifyPack(load(fixture), vkey);
  need(ours(load(fixture), vkey, cli) !== false, 'our verifier refuses the untouched pack');
  const random = generator(2026);
  let count = 0;
  for (const [kind, edit] of Object.entries(edits)) {
    for (let round = 0; round < 20; round += 1, count += 1) {
      const files = load(fixture);
      edit(files, random);
      const reason = theirs(files, vkey);
      need(reason !== null, `${kind} ${round}: @sigstore/verify accepted an edited pack`);
      // The CLI takes a process for each: two of each kind are compared.
      need(round >= 2 || ours(files, vkey, cli) !== true, `${kind} ${round}: we accept what @sigstore/verify refuses (${reason})`);
    }
  }
  console.log(`verified: ${size} leaves by @sigstore/verify; refused: ${count} edits of ${Object.keys(edits).length} kinds`);
  console.log(cli ? 'our verifier agrees on the untouched pack and on two edits of each kind' : 'our CLI is not built: verdicts were not compared');
}

if (process.argv.length > 3) {
  const vkey = fs.existsSync(process.argv[3]) ? fs.readFileSync(process.argv[3], 'utf8') : process.argv[3];
  const reason = theirs(load(process.argv[2]), vkey);
  console.log(reason === null ? 'verified' : `refused: ${reason}`);
  process.exitCode = reason === null ? 0 : 1;
} else {
  checkFixture();
}
