// What the client checks share: the words of the command line, and cases that are run in order and counted.
import assert from 'node:assert/strict';

/** BASE_URL KEY MODEL from the command line or the environment; BASE_URL ends with /v1. --scripted: over the scripted turns of the end-to-end tests. */
export function site(name) {
  const words = process.argv.slice(2).filter((word) => !word.startsWith('--'));
  const scripted = process.argv.includes('--scripted');
  const stored = process.argv.includes('--stored');
  const baseURL = words[0] ?? process.env.BAILIWICK_URL;
  const apiKey = words[1] ?? process.env.BAILIWICK_KEY;
  const model = words[2] ?? process.env.BAILIWICK_MODEL;
  if (!baseURL || !apiKey || !model) {
    console.error(`usage: node ${name} BASE_URL KEY MODEL [--scripted] [--stored]`);
    process.exit(2);
  }
  return { baseURL, apiKey, model, scripted, stored };
}

/** Runs the cases, prints a line for each and "N passed, N failed", and ends the process. */
export async function run(cases) {
  let failed = 0;
  const all = Object.entries(cases);
  for (const [name, act] of all) {
    try {
      await act();
      console.log(`pass  ${name}`);
    } catch (error) {
      failed += 1;
      console.log(`FAIL  ${name}\n      ${error.stack ?? error}`);
    }
  }
  console.log(`${all.length - failed} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
}

/** The error of a call that must fail with this status and code. */
export async function refused(call, status, code) {
  try {
    await call;
  } catch (error) {
    assert.equal(error.status, status, `${error.status} ${error.message}`);
    assert.equal(error.code, code);
    assert.ok(error.message.length > 20);
    return error;
  }
  assert.fail(`was not refused with ${status}`);
}
