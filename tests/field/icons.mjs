// Draws the icons of the client from web/field/icon.svg: `tests/field/run icons`. They are committed; this is how they are made.
import { readFileSync } from 'node:fs';
import { launch } from './browser.mjs';

const folder = new URL('../../web/field/', import.meta.url);
const svg = readFileSync(new URL('icon.svg', folder), 'utf8');
const browser = await launch();
for (const size of [192, 512]) {
  for (const [name, drawing] of [['icon', svg], ['icon-maskable', svg.replace('rx="104"', '').replace('<path', '<g transform="translate(64 64) scale(.75)"><path').replace('</svg>', '</g></svg>')]]) {
    const page = await browser.newPage({ viewport: { width: size, height: size } });
    await page.setContent(`<style>body{margin:0}svg{display:block;width:${size}px}</style>${drawing}`);
    await page.screenshot({ path: new URL(`${name}-${size}.png`, folder).pathname, omitBackground: true });
    await page.close();
  }
}
await browser.close();
