// The client's files as src/http/field.rs sends them: what the budget counts.
import { readdirSync } from 'node:fs';

const folder = new URL('../../web/field/', import.meta.url);

export const shellFiles = () => readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  .map((entry) => `${entry.parentPath ?? entry.path}/${entry.name}`.replace(folder.pathname, '').replace(/^\//, '')).filter((name) => name !== 'sw.js' && !name.endsWith('.svg')).sort();

/** Scripts go out without their comments and indentation. */
export const lean = (name, bytes) => (/\.m?js$/.test(name)
  ? Buffer.from(bytes.toString().split('\n').map((line) => line.trimStart()).filter((line) => line !== '' && !/^(\/\/|\/\*\*|\* |\*\/)/.test(line)).join('\n'))
  : bytes);
