// Draws the icons of the client from web/field/icon.svg: `tests/field/run icons`. They are committed; this is how they are made.
// Few shades between the two colours are enough and keep them small: sixteen, and four where the edges are fine.
import { readFileSync, writeFileSync } from 'node:fs';
import { crc32, deflateSync } from 'node:zlib';
import { launch } from './browser.mjs';

const folder = new URL('../../web/field/', import.meta.url);
const svg = readFileSync(new URL('icon.svg', folder), 'utf8').replace('<path', '<g transform="translate(64 64) scale(.75)"><path').replace('</svg>', '</g></svg>');
const [from, to] = [[0x0b, 0x4a, 0x75], [0xff, 0xff, 0xff]];

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

const browser = await launch();
for (const size of [192, 512]) {
  const page = await browser.newPage();
  const red = await page.evaluate(async ([drawing, edge]) => {
    const image = new Image();
    image.src = `data:image/svg+xml,${encodeURIComponent(drawing.replace('<svg', `<svg width="${edge}" height="${edge}"`))}`;
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width: edge, height: edge });
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0, edge, edge);
    return [...context.getImageData(0, 0, edge, edge).data].filter((_, at) => at % 4 === 0);
  }, [svg, size]);
  const depth = size > 192 ? 2 : 4;
  const [shades, together] = [2 ** depth - 1, 8 / depth];
  const rows = [];
  for (let y = 0; y < size; y += 1) {
    const row = [0];
    const shade = (x) => Math.round(((red[y * size + x] - from[0]) / (to[0] - from[0])) * shades);
    for (let x = 0; x < size; x += together) row.push(Array.from({ length: together }, (_, at) => shade(x + at)).reduce((byte, one) => (byte << depth) | one, 0));
    rows.push(...row);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([depth, 3, 0, 0, 0], 8);
  const palette = Buffer.from(Array.from({ length: shades + 1 }, (_, shade) => from.map((low, at) => Math.round(low + ((to[at] - low) * shade) / shades))).flat());
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  writeFileSync(new URL(`icon-${size}.png`, folder), Buffer.concat([signature, chunk('IHDR', header), chunk('PLTE', palette), chunk('IDAT', deflateSync(Buffer.from(rows), { level: 9 })), chunk('IEND', Buffer.alloc(0))]));
  await page.close();
}
await browser.close();
