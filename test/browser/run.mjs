// SPDX-License-Identifier: Apache-2.0
// Carries out a plan in one browser:
//   node run.mjs PLAN.json RESULTS.json
// The plan: as in launch.mjs, and cases: [{id, together, steps}].
// A step names the page that it is run in; what else it says is for page.js.
// Cases of one step that follow each other, say together and share a page are
// run at the same time.
// When they are written it waits for the end of its input, and then closes the
// browser: what that has queued may still be under way.
// The results: {version, cases: {id: [what the page said of each step]}}.
import { readFileSync } from 'node:fs';
import { handOver, launch, limited, openPage } from './launch.mjs';

const [planFile, resultFile] = process.argv.slice(2);
const plan = JSON.parse(readFileSync(planFile));
const TOGETHER = 12;

const browser = await launch(plan);
const results = { version: await browser.version(), cases: {} };
const pages = new Map();

/** One page for each address, opened when it is first needed. */
async function pageAt(address) {
  if (!pages.has(address)) {
    const page = await openPage(browser);
    await limited(page.goto(address));
    pages.set(address, page);
  }
  return pages.get(address);
}

/** Some steps of one page, at the same time. */
async function carryOut(steps) {
  try {
    const page = await pageAt(steps[0].page);
    return await limited(page.evaluate((them) => Promise.all(them.map(globalThis.run)), steps));
  } catch (error) {
    return steps.map(() => ({ broken: String(error.message ?? error) }));
  }
}

/** The cases, those that may run together in one list. */
function grouped(cases) {
  const groups = [];
  for (const it of cases) {
    const last = groups.at(-1);
    if (it.together && last?.[0].together && last.length < TOGETHER
      && last[0].steps[0].page === it.steps[0].page) last.push(it);
    else groups.push([it]);
  }
  return groups;
}

try {
  for (const group of grouped(plan.cases)) {
    if (group.length > 1) {
      const outcomes = await carryOut(group.map(({ steps }) => steps[0]));
      group.forEach(({ id }, i) => { results.cases[id] = [outcomes[i]]; });
    } else {
      const [{ id, steps }] = group;
      results.cases[id] = [];
      for (const step of steps) results.cases[id].push(...await carryOut([step]));
    }
  }
  await handOver(results, resultFile);
} finally {
  await browser.close();
}
