// SPDX-License-Identifier: Apache-2.0
// The partner's and the stranger's page. The board opens it in a frame, says
// which case to run, and gets the result back; nobody else is listened to.
import { runCase } from './runner.js';

const config = await (await fetch('/config.json')).json();

document.getElementById('who').textContent = location.origin;
document.getElementById('board').href = config.app;

addEventListener('message', async (event) => {
  if (event.origin !== config.app) return;
  const { testCase, mark } = event.data;
  const results = await runCase(testCase, config.api, mark);
  event.source.postMessage({ mark, results }, config.app);
});

if (parent !== window) parent.postMessage({ ready: true }, config.app);
