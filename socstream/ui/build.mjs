// Bundles src and static into dist: index.html, and assets whose names change with their content.
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { slimHls } from './slim.mjs';

await rm('dist', { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: ['src/main.tsx', 'static/style.css', 'static/favicon.svg'],
  outdir: 'dist/assets',
  entryNames: '[name]-[hash]',
  assetNames: '[name]-[hash]',
  chunkNames: '[name]-[hash]',
  loader: { '.svg': 'copy' },
  bundle: true,
  splitting: true, // what not everybody needs comes when it is needed
  format: 'esm',
  target: 'es2022',
  minify: true,
  metafile: true,
  plugins: [slimHls],
  legalComments: 'none', // the notices file below has them whole
  logLevel: 'warning',
});

// The licence of every package that ends up in the bundle, as their authors wrote it.
const bundled = Object.keys(metafile.inputs)
  .map((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1])
  .filter((name) => name !== undefined);
let notices = 'The page of socstream contains the following software.\n';
for (const name of [...new Set(bundled)].sort()) {
  const folder = `node_modules/${name}`;
  const { version, license } = JSON.parse(await readFile(`${folder}/package.json`, 'utf8'));
  const texts = (await readdir(folder)).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file)).sort();
  if (texts.length === 0) throw new Error(`${name} has no licence file`);
  notices += `\n${'='.repeat(78)}\n${name} ${version} (${license})\n${'='.repeat(78)}\n\n`;
  for (const file of texts) notices += `${(await readFile(`${folder}/${file}`, 'utf8')).trim()}\n`;
}
notices += `\n${(await readFile('static/notices-inside.txt', 'utf8')).trim()}\n`;
const noticesName = `notices-${createHash('sha256').update(notices).digest('hex').slice(0, 8)}.txt`;
await mkdir('dist/assets', { recursive: true });
await writeFile(`dist/assets/${noticesName}`, notices);

// index.html names its assets without a hash; here they get the names that they have.
const names = new Map([['/assets/notices.txt', `/assets/${noticesName}`]]);
for (const [path, { entryPoint }] of Object.entries(metafile.outputs)) {
  const made = path.replace(/^dist/, '');
  const source = (entryPoint ?? made)
    .split('/')
    .at(-1)
    .replace(/-[A-Z0-9]{8}(?=\.)/, '')
    .replace(/\.tsx$/, '.js');
  names.set(`/assets/${source}`, made);
}
const page = (await readFile('static/index.html', 'utf8')).replace(/\/assets\/[\w.-]+/g, (path) => {
  const made = names.get(path);
  if (made === undefined) throw new Error(`index.html names ${path}, which the build does not make`);
  return made;
});

// What main.js begins with is asked for with it, not after it.
const first = [...names].find(([source]) => source === '/assets/main.js')[1];
const preloads = needed(`dist${first}`).map((path) => `<link rel="modulepreload" href="${path.slice(4)}" />`);
await writeFile('dist/index.html', page.replace('</head>', `${preloads.join('')}</head>`));

/** The files that a script imports when it starts, and those that these import. */
function needed(script, found = new Set()) {
  for (const { path, kind } of metafile.outputs[script].imports) {
    if (kind !== 'import-statement' || found.has(path)) continue;
    found.add(path);
    needed(path, found);
  }
  return [...found];
}
