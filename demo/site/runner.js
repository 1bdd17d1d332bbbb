// SPDX-License-Identifier: Apache-2.0
// Runs one case in the origin of the page that imports this: sends its requests
// and says what a script of that origin gets to see. Judges nothing.

/** Where a step goes. The mark lets the board find the request in the API's log. */
export function stepUrl(step, api, mark) {
  const base = step.own ? location.origin : api;
  return `${base}${step.path ?? step.image}?${mark}`;
}

export async function runCase(testCase, api, mark) {
  const results = [];
  for (const step of testCase.steps) {
    const url = stepUrl(step, api, mark);
    results.push(step.image ? await showImage(url) : await fetchStep(step, url));
    if (results.at(-1).outcome === 'blocked') break;
  }
  return results;
}

function showImage(url) {
  return new Promise((done) => {
    const image = new Image();
    image.onload = () => done({ outcome: 'shown', width: image.naturalWidth, url });
    image.onerror = () => done({ outcome: 'blocked', error: 'the image did not load' });
    image.src = url;
  });
}

async function fetchStep(step, url) {
  const init = { method: step.method ?? 'GET', credentials: step.credentials ?? 'same-origin' };
  if (step.json) {
    init.headers = { 'Content-Type': 'application/json' };
    init.body = JSON.stringify(step.json);
  }
  try {
    const response = await fetch(url, init);
    const text = await response.text();
    const headers = {};
    for (const name of step.reads ?? []) headers[name] = response.headers.get(name);
    return { outcome: 'read', status: response.status, text: text.trim(), headers };
  } catch (error) {
    return { outcome: 'blocked', error: `${error.name}: ${error.message}` };
  }
}
