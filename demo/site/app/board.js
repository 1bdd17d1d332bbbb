// SPDX-License-Identifier: Apache-2.0
// The board: runs every case in the origin it belongs to, one after the other,
// and shows what came of it beside the policy that decided.
import { runCase } from './runner.js';
import { differences, serverSaw } from './judge.js';
import { emptyRow, fillRow, nameOf } from './rows.js';
import { highlighted, parsePolicy } from './policy.js';
import { element } from './dom.js';

const byId = (id) => document.getElementById(id);
const load = async (path) => {
  const response = await fetch(path, { cache: 'no-store' });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response;
};

const config = await (await load('/config.json')).json();
const guests = {};

// Under any other name this page would be another origin than the policy's.
if (location.origin !== config.app) location.replace(config.app);

byId('again').addEventListener('click', run);
showOrigins();
await Promise.all(['partner', 'stranger'].map(openGuest));
await run();

function showOrigins() {
  for (const who of ['app', 'partner', 'stranger', 'api']) {
    byId(who).querySelector('.url').textContent = config[who];
  }
}

/** The partner's and the stranger's page: hidden frames, origins of their own. */
function openGuest(who) {
  return new Promise((ready) => {
    const frame = element('iframe', { title: nameOf(who), src: `${config[who]}/`, hidden: '' });
    guests[who] = frame;
    addEventListener('message', (event) => {
      if (event.source === frame.contentWindow && event.data.ready) ready();
    });
    document.body.append(frame);
  });
}

function runInGuest(who, testCase, mark) {
  return new Promise((done) => {
    const listen = (event) => {
      if (event.origin !== config[who] || event.data.mark !== mark) return;
      removeEventListener('message', listen);
      done(event.data.results);
    };
    addEventListener('message', listen);
    guests[who].contentWindow.postMessage({ testCase, mark }, config[who]);
  });
}

async function run() {
  byId('again').disabled = true;
  document.body.dataset.state = 'running';
  const runId = Date.now().toString(36);
  const cases = await (await load('/cases.json')).json();
  const parts = parsePolicy(await (await load('/policy.conf')).text());
  const rows = layOut(parts, cases);
  const tally = { app: [0, 0], partner: [0, 0], stranger: [0, 0] };
  let good = 0;

  for (const [i, testCase] of cases.entries()) {
    byId('score').textContent = `Running ${i + 1} of ${cases.length} …`;
    // The same URL for all steps of a case: a preflight is cached by URL.
    const mark = `run=${runId}&case=${testCase.id}`;
    const results = testCase.from === 'app'
      ? await runCase(testCase, config.api, mark)
      : await runInGuest(testCase.from, testCase, mark);
    const log = await observed(mark, testCase.expect.server);
    const found = differences(testCase.expect, results, log);
    fillRow(rows[testCase.id], testCase, results, log, found);
    good += found.length === 0 ? 1 : 0;
    tally[testCase.from][results.at(-1).outcome === 'blocked' ? 1 : 0] += 1;
    showTally(testCase.from, tally[testCase.from]);
  }

  byId('score').textContent = good === cases.length
    ? `All ${good} rows as a browser should.`
    : `${cases.length - good} of ${cases.length} rows differ from what a browser should do.`;
  document.body.dataset.state = good === cases.length ? 'ok' : 'differs';
  byId('again').disabled = false;
}

/** A section for each part of the policy: its text, and the rows it decides. */
function layOut(parts, cases) {
  const rows = {};
  byId('parts').replaceChildren(...parts.map((part) => {
    const list = element('div', { class: 'rows' });
    for (const testCase of cases.filter((one) => one.part === part.id)) {
      rows[testCase.id] = emptyRow(testCase, config.api);
      list.append(rows[testCase.id]);
    }
    return element('section', { class: 'part', 'aria-labelledby': `part-${part.id}` },
      element('div', { class: 'text' },
        element('h2', { id: `part-${part.id}` }, part.title),
        element('p', {}, part.prose.trim()),
        part.code ? highlighted(part.code) : element('p', { class: 'policy empty' }, 'no directive')),
      list);
  }));
  return rows;
}

function showTally(who, [letIn, keptOut]) {
  byId(who).querySelector('.tally').textContent = `let in ${letIn} · kept out ${keptOut}`;
}

/**
 * The API's log lines of one case. httpd writes a line when the answer is out,
 * so the last one may come a moment after the script has it: ask again until it
 * is there, but not for ever, since a browser may have sent something else.
 */
async function observed(mark, expected) {
  const giveUp = performance.now() + 1500;
  for (;;) {
    const log = [];
    for (const text of (await (await load('/observed')).text()).split('\n')) {
      if (text.includes(`?${mark}"`)) log.push(JSON.parse(text));
    }
    if (serverSaw(log).length >= expected.length || performance.now() > giveUp) return log;
    await new Promise((next) => setTimeout(next, 20));
  }
}
