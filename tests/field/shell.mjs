// The client's files as src/http/field.rs sends them: what the budget counts.
import { readdirSync } from 'node:fs';
import { leanScript, leanStyle } from './lean.mjs';

const folder = new URL('../../web/field/', import.meta.url);

/** What the service worker fetches: `rare.mjs` comes with the first form that needs it. */
export const shellFiles = () => readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  .map((entry) => `${entry.parentPath ?? entry.path}/${entry.name}`.replace(folder.pathname, '').replace(/^\//, '')).filter((name) => !['sw.js', 'rare.mjs'].includes(name) && !name.endsWith('.svg')).sort();

/** Scripts go out without what says nothing. */
export const lean = (name, bytes) => {
  if (/\.m?js$/.test(name)) return Buffer.from(leanScript(bytes.toString()));
  return name.endsWith('.css') ? Buffer.from(leanStyle(bytes.toString())) : bytes;
};
