// Asks Cedar (npm @cedar-policy/cedar-wasm) what Bailiwick decides, over the policies of the corpus as our own
// exporter translates them. Effect and rule ids must agree on every tuple.
//
//   node tests/clients/cedar.mjs [--count 100000] [--seed 20260601]
//
// BAILIWICK_CLI names a built bailiwick.dll; without it the CLI is built first.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as cedar from '@cedar-policy/cedar-wasm/nodejs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const fixtures = join(root, 'tests', 'fixtures', 'residency');
const { values: options } = parseArgs({
  options: { count: { type: 'string', default: '100000' }, seed: { type: 'string', default: '20260601' } },
});
const count = Number(options.count);
const random = mulberry32(Number(options.seed));
const scratch = mkdtempSync(join(tmpdir(), 'bailiwick-cedar-'));

try {
  process.exitCode = main();
} finally {
  rmSync(scratch, { recursive: true });
}

function main() {
  const cli = process.env.BAILIWICK_CLI ?? build();
  const cases = casesOfCorpus();
  const totals = { asked: 0, allowed: 0, byRule: 0, differ: 0 };
  cases.forEach((test, i) => {
    const share = Math.floor((count * (i + 1)) / cases.length) - Math.floor((count * i) / cases.length);
    compare(cli, test, share, totals);
  });
  const verdict = totals.differ === 0 ? 'agreement' : `${totals.differ} DIFFERENCES`;
  console.log(
    `${verdict}: ${totals.asked} tuples over ${cases.length} policies, ${totals.allowed} allowed, `
    + `${totals.byRule} decided by rules; seed ${options.seed}, Cedar ${cedar.getCedarVersion()}`);
  return totals.differ === 0 && totals.asked === count ? 0 : 1;
}

// The policies whose tables the corpus knows (with their activations), and the edited ones.
function casesOfCorpus() {
  const { tables } = JSON.parse(readFileSync(join(fixtures, 'analysis.json'), 'utf8'));
  const edits = readdirSync(join(fixtures, 'edits')).sort()
    .map(name => ({ policy: `edits/${name}`, at: tables[0].at, activations: [] }));
  return [...tables.map(({ policy, at, activations }) => ({ policy, at, activations })), ...edits];
}

function compare(cli, test, share, totals) {
  const args = [join(fixtures, test.policy), '--at', test.at];
  if (test.activations.length > 0) {
    const file = join(scratch, 'activations.yaml');
    writeFileSync(file, JSON.stringify(test.activations)); // JSON is YAML
    args.push('--activations', file);
  }

  const translated = JSON.parse(run(cli, ['cedar', ...args, '--output', 'json']));
  const tuples = Array.from({ length: share }, (_, i) => draw(translated, i % 2 === 0));
  const ours = run(cli, ['why', ...args, '--tuples', '-'], tuples.map(t => t.join('|') + '\n').join(''))
    .trimEnd().split('\n').map(line => JSON.parse(line));
  const parsed = cedar.preparsePolicySet('policy', { staticPolicies: translated.policies });
  if (parsed.type !== 'success') {
    throw new Error(`${test.policy}: ${JSON.stringify(parsed.errors)}`);
  }

  const ask = asker(translated);
  tuples.forEach((tuple, i) => {
    const theirs = ask(tuple);
    totals.asked++;
    totals.allowed += ours[i].effect === 'allow' ? 1 : 0;
    totals.byRule += ours[i].rules[0].startsWith('!') ? 0 : 1;
    if (!same(ours[i], theirs)) {
      totals.differ++;
      console.log(`${test.policy} ${tuple.join('|')}: ours ${JSON.stringify(ours[i])}, Cedar ${JSON.stringify(theirs)}`);
    }
  });
}

// Every second tuple is one that rules can decide: a label within the tenant's home, a place that something proves.
function draw({ vocabulary: v, entities }, live) {
  const tenant = pick(v.tenants);
  const home = entities.find(e => e.uid.type === 'Tenant' && e.uid.id === tenant).attrs.home.__entity.id;
  const jurisdictions = live ? v.jurisdictions.filter(j => within(entities, j, home)) : v.jurisdictions;
  return [
    pick(jurisdictions), pick(v.classes), pick(v.purposes), tenant, pick(v.kinds), pick(v.zones),
    pick(live ? v.proofs.slice(1) : v.proofs),
  ];
}

function within(entities, jurisdiction, home) {
  for (let id = jurisdiction; id !== undefined;) {
    if (id === home) return true;
    id = entities.find(e => e.uid.type === 'Jurisdiction' && e.uid.id === id).parents[0]?.id;
  }
  return false;
}

function asker({ vocabulary: v, entities }) {
  const jurisdictions = entities.filter(e => e.uid.type === 'Jurisdiction');
  const others = new Map(entities.map(e => [`${e.uid.type} ${e.uid.id}`, e]));
  return ([jurisdiction, level, purpose, tenant, kind, zone, proof]) => {
    const answer = cedar.statefulIsAuthorized({
      principal: { type: 'Tenant', id: tenant },
      action: { type: 'Action', id: 'reach' },
      resource: { type: 'Zone', id: zone },
      context: {
        jurisdiction: { __entity: { type: 'Jurisdiction', id: jurisdiction } },
        class: level, rank: v.classes.indexOf(level), purpose, kind, proof: v.proofs.indexOf(proof),
      },
      preparsedPolicySetId: 'policy',
      entities: [...jurisdictions, others.get(`Tenant ${tenant}`), others.get(`Zone ${zone}`)],
    });
    if (answer.type !== 'success' || answer.response.diagnostics.errors.length > 0) {
      throw new Error(JSON.stringify(answer));
    }
    return { effect: answer.response.decision, reasons: answer.response.diagnostics.reason.toSorted() };
  };
}

// Our steps 2 and 3 stop before any rule is looked at; Cedar evaluates the rules beside them.
function same(ours, theirs) {
  if (ours.effect !== theirs.effect) return false;
  const [first] = ours.rules;
  if (first === '!no-match') return theirs.reasons.length === 0;
  if (first.startsWith('!')) return theirs.reasons.includes(first);
  return JSON.stringify(ours.rules.toSorted()) === JSON.stringify(theirs.reasons);
}

function build() {
  const built = spawnSync('dotnet', ['build', join(root, 'src', 'Bailiwick.Cli'), '-c', 'Release', '-v', 'q'], { encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`the CLI does not build:\n${built.stdout}${built.stderr}`);
  return join(root, 'src', 'Bailiwick.Cli', 'bin', 'Release', 'net10.0', 'bailiwick.dll');
}

function run(cli, args, input = '') {
  const ran = spawnSync('dotnet', [cli, 'policy', ...args], { input, encoding: 'utf8', maxBuffer: 1 << 30 });
  if (ran.status !== 0) throw new Error(`bailiwick policy ${args.join(' ')} exits with ${ran.status}:\n${ran.stdout}${ran.stderr}`);
  return ran.stdout;
}

function pick(list) {
  return list[Math.floor(random() * list.length)];
}

// A small generator with a seed, so that a difference can be found again.
function mulberry32(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
