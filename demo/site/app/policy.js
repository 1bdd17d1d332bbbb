// SPDX-License-Identifier: Apache-2.0
// Reads policy.conf as the page shows it: "#:" opens a part, comment lines are
// its prose, the rest are directives.
import { element } from './dom.js';

/** @returns [{id, title, prose, code}], in the file's order */
export function parsePolicy(text) {
  const parts = [];
  for (const line of text.split('\n')) {
    const opening = /^#:\s*(\S+)\s+(.*)$/.exec(line);
    if (opening) {
      parts.push({ id: opening[1], title: opening[2], prose: '', code: '' });
    } else if (parts.length > 0) {
      const part = parts.at(-1);
      if (line.startsWith('#')) part.prose += `${line.replace(/^#\s*/, '')} `;
      else part.code += `${line}\n`;
    }
  }
  for (const part of parts) part.code = part.code.replace(/^\n+|\s+$/g, '');
  return parts;
}

/** The directives with their names, sections and ${variables} marked for style.css. */
export function highlighted(code) {
  const pre = element('pre', { class: 'policy', tabindex: '0' });
  for (const line of code.split('\n')) {
    const [, indent, first, rest] = /^(\s*)(\S*)(.*)$/.exec(line);
    const style = first.startsWith('<') ? 'section' : 'directive';
    pre.append(indent, element('span', { class: style }, first));
    for (const piece of rest.split(/(\$\{\w+\}|>$)/)) {
      const variable = /^\$\{(\w+)\}$/.exec(piece);
      if (variable) pre.append(element('b', { class: `origin ${variable[1].toLowerCase()}` }, piece));
      else if (piece === '>') pre.append(element('span', { class: 'section' }, piece));
      else pre.append(piece);
    }
    pre.append('\n');
  }
  return pre;
}
