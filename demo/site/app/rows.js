// SPDX-License-Identifier: Apache-2.0
// One row: what it does, what a browser should do, what this one did, and the
// headers that decided.
import { element } from './dom.js';

const NAMES = { app: 'our front end', partner: 'the partner', stranger: 'the stranger' };

export const nameOf = (who) => NAMES[who];

/** @returns the row, still without an answer */
export function emptyRow(testCase, api) {
  const title = `title-${testCase.id}`;
  return element('article',
    { class: `row ${testCase.from}`, 'aria-labelledby': title, 'data-case': testCase.id, 'data-verdict': 'pending' },
    element('header', {},
      element('h3', { id: title }, testCase.title),
      element('span', { class: `origin ${testCase.from}` }, nameOf(testCase.from)),
      element('span', { class: 'outcome' }, 'waiting')),
    element('pre', { class: 'does', tabindex: '0' }, testCase.steps.map((step) => stepAsCode(step, api)).join('\n')),
    element('dl', {},
      element('div', {}, element('dt', {}, 'A browser should'), element('dd', { class: 'should' }, testCase.should)),
      element('div', {}, element('dt', {}, 'This one did'), element('dd', { class: 'did' }, '…'))),
    element('div', { class: 'headers' }));
}

/** Fills in what came of it. */
export function fillRow(row, testCase, results, log, found) {
  const last = results.at(-1);
  const letIn = last.outcome !== 'blocked';
  row.dataset.outcome = letIn ? 'in' : 'out';
  row.dataset.verdict = found.length === 0 ? 'ok' : 'differs';
  row.querySelector('.outcome').textContent = letIn ? 'let in' : 'kept out';
  row.querySelector('.did').replaceChildren(
    ...whatItDid(results, log),
    found.length === 0
      ? element('span', { class: 'verdict' }, 'as it should')
      : element('span', { class: 'verdict' }, `not as it should: ${found.join('; ')}`,
        testCase.hint ? element('small', {}, testCase.hint) : null));
  row.querySelector('.headers').replaceChildren(
    element('h4', {}, 'The headers that decided'),
    ...log.map((line) => exchange(line)));
}

function stepAsCode(step, api) {
  const url = `${step.own ? '' : api}${step.path ?? step.image}`;
  if (step.image) return `<img src="${url}">`;
  const options = [];
  if (step.method) options.push(`method: "${step.method}"`);
  if (step.credentials) options.push(`credentials: "${step.credentials}"`);
  let init = options.join(', ');
  if (step.json) {
    init = `\n  ${init},\n  headers: { "Content-Type": "application/json" },\n  body: '${JSON.stringify(step.json)}'`;
  }
  const call = `fetch("${url}"${init && `, { ${init} }`})`;
  return step.reads ? `${call}\n  ${step.reads.map((name) => `.headers.get("${name}")`).join('  ')}` : call;
}

function whatItDid(results, log) {
  const last = results.at(-1);
  const parts = [];
  if (last.outcome === 'shown') {
    parts.push(element('img', { src: last.url, alt: 'a mountain under the sun', width: '72', height: '48' }));
    parts.push('Shown.');
  } else if (last.outcome === 'blocked') {
    const refused = log.at(-1)?.method === 'OPTIONS';
    parts.push(refused ? 'Sent nothing after the preflight. ' : 'Got the answer and kept it. ',
      'The script saw ', element('code', {}, last.error), '.');
  } else {
    const preflights = log.filter((line) => line.method === 'OPTIONS').length;
    if (preflights > 0) {
      parts.push(`${preflights} preflight${preflights > 1 ? 's' : ''} for ${log.length - preflights} `
        + `request${log.length - preflights > 1 ? 's' : ''}. `);
    }
    parts.push('The script read ', ...whatWasRead(last), '.');
  }
  return parts;
}

function whatWasRead(last) {
  const names = Object.keys(last.headers);
  if (names.length === 0) return [element('code', {}, `${last.status} ${last.text}`.trim())];
  return names.flatMap((name, i) => [
    i > 0 ? ' and ' : '', element('code', {}, `${name}: ${last.headers[name] ?? 'null'}`)]);
}

/** One request at the API: the headers both sides spoke, as far as CORS goes. */
function exchange(line) {
  const list = element('ul', { class: 'exchange' });
  list.append(element('li', { class: 'start' },
    element('b', {}, `${line.method} ${line.path}`), element('b', { class: 'status' }, String(line.status))));
  for (const [name, value] of Object.entries(line.request)) {
    if (value === '-') continue;
    list.append(headerLine('sent', '→', name, name === 'Cookie' ? `cors_demo=${value}` : value));
  }
  let spoken = 0;
  for (const [name, value] of Object.entries(line.response)) {
    if (value === '-') continue;
    spoken += name.startsWith('Access-Control-') ? 1 : 0;
    list.append(headerLine('answered', '←', name, value));
  }
  if (spoken === 0) list.append(element('li', { class: 'none' }, '← no Access-Control-* header'));
  if (line.result !== '-') {
    list.append(element('li', { class: 'module' }, 'mod_cors: ',
      line.result, line.policy !== '-' ? ` (policy ${line.policy.replace(/^.*[/]/, '')})` : ''));
  }
  return list;
}

function headerLine(kind, arrow, name, value) {
  return element('li', { class: kind },
    element('span', { role: 'img', 'aria-label': kind }, arrow), ' ',
    element('span', { class: 'name' }, `${name}:`), ` ${value}`);
}

