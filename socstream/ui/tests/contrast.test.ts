import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

type Colour = readonly [red: number, green: number, blue: number];

const css = readdirSync('static')
  .filter((name: string) => name.endsWith('.css'))
  .map((name: string) => readFileSync(`static/${name}`, 'utf8'))
  .join('\n');

/** `#rgb` or `#rrggbb`. */
function colour(text: string): Colour {
  const long = text.replace(/^#(.)(.)(.)$/, '#$1$1$2$2$3$3');
  if (!/^#[0-9a-f]{6}$/i.test(long)) throw new Error(`no colour: ${text}`);
  return [1, 3, 5].map((at) => Number.parseInt(long.slice(at, at + 2), 16)) as unknown as Colour;
}

/** The tokens of the page, in one theme. */
function tokens(theme: 'light' | 'dark'): ReadonlyMap<string, Colour> {
  const found = [...css.matchAll(/--([\w-]+): light-dark\((#\w+), (#\w+)\)/g)];
  return new Map(
    found.map(([, name = '', light = '', dark = '']) => [name, colour(theme === 'light' ? light : dark)]),
  );
}

/** Those that hold over pictures, in both. */
function overPictures(): ReadonlyMap<string, Colour> {
  const block = /\.tile:not\(\.quiet\) \{([^}]+)\}/.exec(css)?.[1] ?? '';
  return new Map(
    [...block.matchAll(/--([\w-]+): (#\w+);/g)].map(([, name = '', value = '']) => [name, colour(value)]),
  );
}

/** As WCAG 2 has it. */
function contrast(one: Colour, other: Colour): number {
  const light = (of: Colour): number => {
    const [red, green, blue] = of.map((part) => {
      const share = part / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    }) as unknown as Colour;
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [low, high] = [light(one), light(other)].sort((a, b) => a - b) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

const mixed = (over: Colour, alpha: number, under: Colour): Colour =>
  over.map((part, at) => part * alpha + (under[at] ?? 0) * (1 - alpha)) as unknown as Colour;

const of = (map: ReadonlyMap<string, Colour>, name: string): Colour => {
  const found = map.get(name);
  if (found === undefined) throw new Error(`no token --${name}`);
  return found;
};

/** How much of the background of a rule covers what is below it, in percent. */
function covers(selector: string): number {
  const rule = new RegExp(`(^|\\n)${selector.replace('.', '\\.')} \\{([^}]+)\\}`).exec(css)?.[2] ?? '';
  const share = /background(?:-color)?: rgb\(8 10 13 \/ (\d+)%\)/.exec(rule)?.[1];
  if (share === undefined) throw new Error(`${selector} has no veil`);
  return Number(share) / 100;
}

it('is computed as others do', () => {
  expect(contrast([255, 255, 255], [0, 0, 0])).toBeCloseTo(21);
  expect(contrast(colour('#777'), colour('#fff'))).toBeCloseTo(4.48, 2);
});

describe.each(['dark', 'light'] as const)('in the %s theme', (theme) => {
  const map = tokens(theme);

  describe.each(['bg', 'surface', 'raised'])('on %s', (ground) => {
    it.each(['text', 'muted', 'warn', 'bad'])('%s can be read', (ink) => {
      expect(contrast(of(map, ink), of(map, ground))).toBeGreaterThanOrEqual(4.5);
    });

    it.each(['focus', 'edge-line'])('%s can be seen', (line) => {
      expect(contrast(of(map, line), of(map, ground))).toBeGreaterThanOrEqual(3);
    });
  });

  it.each(['text', 'muted'])('a main button can be read on %s', (ground) => {
    expect(contrast(of(map, 'bg'), of(map, ground))).toBeGreaterThanOrEqual(4.5);
  });
});

describe('over a picture that is all white', () => {
  const map = overPictures();
  const [white, veil]: [Colour, Colour] = [
    [255, 255, 255],
    [8, 10, 13],
  ];
  const still = mixed([0, 0, 0], 0.45, white); // brightness(0.55)

  it.each(['text', 'muted', 'warn', 'bad', 'info'])('%s can be read in the veil', (ink) => {
    expect(css).toContain('brightness(0.55)');
    expect(contrast(of(map, ink), mixed(veil, covers('.veil'), still))).toBeGreaterThanOrEqual(4.5);
  });

  it.each([
    ['.figures', 'muted'],
    ['.controls', 'text'],
    ['.mark', 'text'],
    ['.piece', 'text'],
  ])('what stands in %s can be read', (selector, ink) => {
    expect(contrast(of(map, ink), mixed(veil, covers(selector), white))).toBeGreaterThanOrEqual(4.5);
  });
});

/** The least part, 0 to 1, that the gradient of a rule covers from its text's top edge downwards. */
function coversText(selector: string): number {
  const rule = new RegExp(`\\n\\${selector} \\{([^}]+)\\}`).exec(css)?.[1] ?? '';
  const [, above, below] = /padding: ([\d.]+)em [\d.]+em ([\d.]+)em;/.exec(rule) ?? [];
  const [, inside] = /background: linear-gradient\(\s*transparent,\s*([^;]+)\);/.exec(rule) ?? [];
  if (above === undefined || below === undefined || inside === undefined)
    throw new Error(`${selector} has no gradient`);
  const [top, whole] = [Number(above), Number(above) + 1.4 + Number(below)]; // one line
  const stops = [...inside.matchAll(/rgb\([\d ]+ \/ (\d+)%\)(?: ([\d.]+)em)?/g)].map(([, alpha, at]) => ({
    alpha: Number(alpha) / 100,
    at: at === undefined ? whole : Number(at),
  }));
  let before = { alpha: 0, at: 0 };
  for (const stop of stops) {
    if (stop.at >= top) {
      const atTop = before.alpha + ((stop.alpha - before.alpha) * (top - before.at)) / (stop.at - before.at);
      return Math.min(atTop, ...stops.filter(({ at }) => at >= top).map(({ alpha }) => alpha));
    }
    before = stop;
  }
  throw new Error(`the gradient of ${selector} ends above its text`);
}

// the name has the text's colour, all else (place, LIVE, age, date) is muted
it.each(['text', 'muted'])('%s can be read in the caption of a picture that is all white', (ink) => {
  const ground = mixed([8, 10, 13], coversText('.caption'), [255, 255, 255]);
  expect(contrast(of(overPictures(), ink), ground)).toBeGreaterThanOrEqual(4.5);
});

it('nothing moves for whoever wants no motion', () => {
  const bare = css.replace(/@media \(prefers-reduced-motion: no-preference\) \{(?:[^{}]|\{[^{}]*\})*\}/g, '');
  expect(bare).not.toMatch(/\b(transition|animation|scroll-behavior)\s*:/);
});
