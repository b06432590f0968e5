// fill_xform.mjs FORM.xml HOUSEHOLDS.csv OUT.xml: a form filled in by the engine of ODK Web Forms, stricter than Collect's; OUT is the submission.
// Needs `npm install @getodk/xforms-engine@0.22.0 jsdom` beside it. Ends with 1 when the form cannot be loaded or an answer is refused.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { JSDOM } from 'jsdom';

// The engine is written for browsers.
const dom = new JSDOM('');
for (const name of ['window', 'document', 'DOMParser', 'XMLSerializer', 'Node', 'Element', 'Document', 'XMLDocument', 'Attr', 'Text', 'Comment',
  'CDATASection', 'ProcessingInstruction', 'DocumentFragment', 'HTMLElement', 'NodeFilter', 'XPathResult', 'XPathEvaluator', 'XPathExpression', 'Range']) {
  Object.defineProperty(globalThis, name, { value: name === 'window' ? dom.window : dom.window[name], configurable: true, writable: true });
}
globalThis.require = createRequire(import.meta.url);
globalThis.__dirname = process.cwd();
const { loadForm } = await import('@getodk/xforms-engine');

const [, , formFile, householdsFile, outFile] = process.argv;
const form = await loadForm(readFileSync(formFile, 'utf8'), {
  fetchFormAttachment: async () => new Response(readFileSync(householdsFile), { headers: { 'content-type': 'text/csv' } }),
});
if (form.status === 'failure') {
  console.error(form.error);
  process.exit(1);
}
const { root } = form.createInstance();
const CHOICES = { khs_reached: 'interview', khs_finish: '1.1', consent: '1' };
let nAnswered = 0;

function answer(node, name) {
  switch (node.nodeType) {
    case 'select': {
      const options = node.currentState.valueOptions;
      node.selectValues ? node.selectValues([CHOICES[name] ?? options[nAnswered % options.length].value])
        : node.setValue(CHOICES[name] ?? options[nAnswered % options.length].value);
      return true;
    }
    case 'input':
      if (node.currentState.readonly) return false;
      node.setValue({
        int: name === 'age_years' ? 43n : 3n, decimal: 3, date: '2020-11-26', time: '18:30:00.000+07:00', dateTime: '2026-11-26T08:00:00.000+07:00', geopoint: '21.2 106.2 0 5',
        geotrace: '21 106 0 0; 21.1 106 0 0', geoshape: '21 106 0 0; 21.1 106 0 0; 21.1 106.1 0 0; 21 106 0 0',
      }[node.valueType] ?? 'chữ');
      return true;
    case 'range':
      node.setValue(7);
      return true;
    case 'rank':
      node.setValues(node.currentState.valueOptions.map(({ value }) => value));
      return true;
    case 'repeat-range:uncontrolled':
      node.addInstances(node.currentState.children.length, 2);
      return false;
    case 'trigger':
      node.setValue(true);
      return true;
    default:
      return false;
  }
}

function walk(node) {
  if (node.currentState?.relevant === false) return;
  if (answer(node, node.currentState.reference?.split('/').pop())) nAnswered += 1;
  for (const child of Array.isArray(node.currentState?.children) ? node.currentState.children : []) walk(child);
}
walk(root);

const payload = await root.prepareInstancePayload();
writeFileSync(outFile, await payload.data[0].get('xml_submission_file').text());
console.log(`${nAnswered} answers, ${payload.status}`);
for (const violation of payload.violations ?? []) console.error(`${violation.reference}: ${violation.violation?.condition}`);
process.exit(payload.status === 'ready' ? 0 : 1);
