// Two figures of the demonstration for the first page of the project, as small as a screen shows them: docs/images/p1.png, docs/images/s1.png.
import test from 'node:test';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { House, launch } from './house.mjs';

const WIDTH = 900;

test('figures at the width of a screen', { timeout: 300_000 }, async () => {
  const house = await House.open();
  const browser = await launch();
  try {
    const page = await browser.newPage({ viewport: { width: WIDTH, height: 600 } });
    mkdirSync('docs/images', { recursive: true });
    for (const name of ['p1', 's1']) {
      // The picture that the program drew, with its own fonts; the browser only makes it smaller.
      const bytes = readFileSync(join(house.folder, 'demo', 'figures', `${name}.png`)).toString('base64');
      await page.setContent(`<body style="margin:0"><img alt="" style="width:${WIDTH}px;display:block" src="data:image/png;base64,${bytes}"></body>`);
      await page.locator('img').screenshot({ path: `docs/images/${name}.png` });
    }
  } finally { await browser.close(); await house.close(); }
});
