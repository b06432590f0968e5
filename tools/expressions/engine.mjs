// What the engine of ODK Web Forms makes of the node /data/out of each form in a folder: one line a form, name, tab, value or "!".
// Needs @getodk/xforms-engine and jsdom in the folder given second.
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [, , folder, modules] = process.argv;
const require = createRequire(`${modules}/package.json`);
const { JSDOM } = require('jsdom');
const dom = new JSDOM('');
for (const name of ['window', 'document', 'DOMParser', 'XMLSerializer', 'Node', 'Element', 'Document', 'XMLDocument', 'Attr', 'Text', 'Comment',
  'CDATASection', 'ProcessingInstruction', 'DocumentFragment', 'HTMLElement', 'NodeFilter', 'XPathResult', 'XPathEvaluator', 'XPathExpression', 'Range']) {
  Object.defineProperty(globalThis, name, { value: name === 'window' ? dom.window : dom.window[name], configurable: true, writable: true });
}
globalThis.require = require;
globalThis.__dirname = modules;
const log = console.log;
console.log = console.warn = console.error = () => {};
const { loadForm } = await import(pathToFileURL(`${modules}/node_modules/@getodk/xforms-engine/dist/index.js`));

for (const file of readdirSync(folder).filter((name) => name.endsWith('.xml')).sort()) {
  const name = file.replace('.xml', '');
  try {
    const form = await loadForm(readFileSync(`${folder}/${file}`, 'utf8'), {});
    if (form.status === 'failure') throw form.error;
    const { root } = form.createInstance();
    const out = root.currentState.children.find((node) => node.currentState.reference === '/data/out');
    log(`${name}\t${String(out.currentState.value).replaceAll('\n', '\\n')}`);
  } catch (error) {
    log(`${name}\t!${String(error?.message).replaceAll('\n', ' ')}`);
  }
}
process.exit(0);
