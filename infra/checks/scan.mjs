// Looks for a word in files, whatever their form: as text, UTF-16, hex or base64.
//
//   node scan.mjs WORD NAME PATH...    prints `ok NAME ...` or `LEAK NAME ...`, a line per hit; exit code 1 on a hit
//   node scan.mjs --self-test          each form is found in a file made for it, and not in one without it
// NAME is what the files are called in the output. Folders are walked; links and sockets are not followed. A path that is not there,
// or a name without any byte to look at, counts as a finding: a check that looks at nothing proves nothing.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const BLOCK = 1 << 26;

// As a byte may stand at each of three places in base64, only what does not depend on its neighbours is looked for.
function forms(word) {
  const bytes = Buffer.from(word);
  const base64 = [0, 1, 2].map((before) => {
    const coded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64').replace(/=+$/, '');
    return coded.slice([0, 2, 3][before], coded.length - ((bytes.length + before) % 3 === 0 ? 0 : 1));
  });
  return [
    ['text', bytes],
    ['upper case', Buffer.from(word.toUpperCase())],
    ['UTF-16', Buffer.from(word, 'utf16le')],
    ['hex', Buffer.from(bytes.toString('hex'))],
    ['HEX', Buffer.from(bytes.toString('hex').toUpperCase())],
    ...base64.map((text) => ['base64', Buffer.from(text)]),
  ];
}

function* files(place) {
  const info = fs.lstatSync(place, { throwIfNoEntry: false });
  if (info?.isDirectory()) {
    for (const entry of fs.readdirSync(place)) yield* files(path.join(place, entry));
  } else if (info?.isFile()) {
    yield place;
  }
}

// The first hit of each form in one file.
function hits(file, wanted) {
  const found = new Map();
  const longest = Math.max(...wanted.map(([, bytes]) => bytes.length));
  const handle = fs.openSync(file, 'r');
  const block = Buffer.alloc(BLOCK);
  let [size, from, kept] = [0, 0, 0];
  try {
    for (let read; (read = fs.readSync(handle, block, kept, BLOCK - kept, null)) > 0; ) {
      const seen = block.subarray(0, kept + read);
      for (const [form, bytes] of wanted) {
        const at = found.has(form) ? -1 : seen.indexOf(bytes);
        if (at >= 0) found.set(form, { at: from + at, near: seen.subarray(Math.max(0, at - 60), at + bytes.length + 20).toString('latin1').replace(/[^\x20-\x7e]/g, '.') });
      }

      size += read;
      const rest = Math.min(longest - 1, seen.length);
      from += seen.length - rest;
      seen.copy(block, 0, seen.length - rest);
      kept = rest;
    }
  } finally {
    fs.closeSync(handle);
  }

  return { size, found };
}

function scan(word, name, places) {
  const wanted = forms(word);
  let [count, bytes, leaks] = [0, 0, 0];
  const say = (line) => {
    leaks += 1;
    if (leaks <= 10) console.log(`LEAK     ${name}: ${line}`);
  };
  for (const place of places) {
    if (!fs.existsSync(place)) say(`${place} is not there: nothing was looked at`);
    for (const file of files(place)) {
      try {
        const { size, found } = hits(file, wanted);
        count += 1;
        bytes += size;
        for (const [form, { at, near }] of found) say(`${file}, byte ${at}, as ${form}: ${near}`);
      } catch (error) {
        // Temporary files of a running server come and go.
        if (error.code !== 'ENOENT') say(`${file} cannot be read: ${error.code}`);
      }
    }
  }

  if (bytes === 0 && leaks === 0) say('empty: nothing was looked at');
  if (leaks === 0) console.log(`ok       ${name}: ${count} files, ${bytes} bytes`);
  if (leaks > 10) console.log(`LEAK     ${name}: and ${leaks - 10} more`);
  return leaks;
}

function selfTest() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bailiwick-scan-'));
  const word = 'zq0123456789ab';
  try {
    fs.writeFileSync(path.join(folder, 'clean'), 'zq0123456789 ab and nothing else');
    if (hits(path.join(folder, 'clean'), forms(word)).found.size > 0) throw new Error('a clean file is not clean');
    for (let before = 0; before < 3; before += 1) {
      const said = Buffer.from(`${'x'.repeat(before)}${word}17 is here`);
      for (const form of [said, Buffer.from(said.toString().toUpperCase()), Buffer.from(said.toString(), 'utf16le'), Buffer.from(said.toString('hex')), Buffer.from(said.toString('hex').toUpperCase()), Buffer.from(said.toString('base64')), Buffer.from(said.toString('base64url'))]) {
        fs.writeFileSync(path.join(folder, 'dirty'), form);
        if (hits(path.join(folder, 'dirty'), forms(word)).found.size === 0) throw new Error(`not found: ${form}`);
      }
    }

    // Across the border of two blocks.
    fs.writeFileSync(path.join(folder, 'large'), Buffer.concat([Buffer.alloc(BLOCK - 5), Buffer.from(word)]));
    if (hits(path.join(folder, 'large'), forms(word)).found.get('text')?.at !== BLOCK - 5) throw new Error('not found across two blocks');
  } finally {
    fs.rmSync(folder, { recursive: true });
  }

  console.log('ok       the scanner finds text, UTF-16, hex and base64, and nothing in a clean file');
  return 0;
}

const [word, name, ...places] = process.argv.slice(2);
process.exitCode = (word === '--self-test' ? selfTest() : scan(word, name, places)) === 0 ? 0 : 1;
