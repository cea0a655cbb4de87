import { readFileSync, readdirSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { de } from '../src/i18n/de';
import { later, locale, say, sayCode, sayWords, speak, suited } from '../src/i18n/say';
import { HELP } from '../src/keys';
import { decimal, moment } from '../src/words';

afterEach(() => speak('en'));

const sources = new Map<string, string>(
  readdirSync('src', { recursive: true })
    .map(String)
    .filter((name: string) => /\.tsx?$/.test(name) && !name.startsWith('i18n'))
    .map((name: string) => [name, readFileSync(`src/${name}`, 'utf8')]),
);

/** Every text that is given to `say` or `later` as it stands. */
const texts = new Map<string, string>(
  [...sources].flatMap(([name, source]) =>
    [...source.matchAll(/\b(?:say|later)\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")/g)].map(
      ([, single, double]): [string, string] => [(single ?? double ?? '').replace(/\\(.)/g, '$1'), name],
    ),
  ),
);

it('finds the texts', () => {
  expect(texts.size).toBeGreaterThan(200);
});

describe('the German catalogue', () => {
  it.each([...texts])('has “%s” (%s)', (text) => {
    expect(de[text]).toBeTruthy();
  });

  it.each(HELP.map(([, deed]) => [deed]))('has the help “%s”', (deed) => {
    expect(de[deed]).toBeTruthy();
  });

  it.each(['live', 'stalled', 'down', 'maintenance'])('has the count “%s”', (count) => {
    expect(de[count]).toBeTruthy();
  });

  it('has nothing that the page does not say', () => {
    const all = [...sources.values()].join('\n');
    const unsaid = Object.keys(de).filter(
      (text) => !/^(code|said):/.test(text) && !texts.has(text) && !all.includes(text),
    );
    expect(unsaid).toEqual([]);
  });

  it('fills in what the English text does', () => {
    const places = (text: string): string[] =>
      [...text.matchAll(/\{(\w+)\}/g)].map(([place]) => place).sort();
    for (const [english, german] of Object.entries(de)) {
      if (/^code:/.test(english)) continue;
      if (!/^said:/.test(english)) expect(places(german), english).toEqual(places(english));
      else expect(places(english), english).toEqual(expect.arrayContaining(places(german)));
    }
  });

  it('knows every reason that the server gives, and what to do', () => {
    const model = readFileSync('../model/failure.py', 'utf8');
    const codes = [...model.matchAll(/^ {4}[A-Z_]+ = "(\w+)"$/gm)].map(([, code]) => code);
    expect(codes.length).toBeGreaterThan(15);
    for (const code of codes) {
      expect(de[`code:${code}`], code).toBeTruthy();
      expect(de[`code:${code}.remedy`], code).toBeTruthy();
    }
  });
});

/** The parts of the server that speak to the page: all that read a request, and what these call. */
const speakers = [
  ...readdirSync('../api')
    .map((name) => `api/${name}`)
    .filter((name) => /\/(schema|handlers)_\w+\.py$/.test(name)),
  'access/errors.py',
  'access/rules.py',
  'api/authentication.py',
  'api/bodies.py',
  'api/camera_table.py',
  'api/errors.py',
  'api/hosts.py',
  'api/identity.py',
  'api/playlists.py',
  'api/queries.py',
  'api/rates.py',
  'api/readers.py',
  'api/screen.py',
  'api/session_cookie.py',
  'api/structure.py',
  'cameras.py',
  'gateway.py',
  'model/address.py',
  'model/errors.py',
  'model/source.py',
  'model/wall.py',
  'store/accounts.py',
  'store/cameras.py',
  'store/database.py',
  'store/walls.py',
  'walls.py',
];

/** Where a text begins that somebody is told: an error's, a field's, one that a rule gives back, or a default. */
const SAID = [
  /(?:__init__|Wrong|wrong)\([^"()]*/,
  /FieldError\((?:f?"[^"]*", )?[^"()]*/, // after the name of the field
  /raise (?!ValueError|TypeError|OSError)\w+\(\s*f?/,
  /return f?(?="(?:is|has|must) )/,
  /text(?:: str)? = f?/,
  /\d{3}: \(/,
];
const SAYING = new RegExp(`(?:${SAID.map(({ source }) => source).join('|')})"([^"]+)"`, 'g');

/** What the server may answer to the page: as Python has it, with something for what differs. */
const answers = [
  ...new Set(
    speakers
      .flatMap((name) => [
        // neighbouring literals are one text
        ...readFileSync(`../${name}`, 'utf8')
          .replace(/"\n\s+f?"/g, '')
          .matchAll(SAYING),
      ])
      .map(([, words = '']) => words.replace(/\{[^}]+\}| $/g, (part) => `${part[1] ? '' : ' '}7`))
      .filter((words) => /^\w+ \w/.test(words)),
  ),
];

describe('the server’s own words', () => {
  it('are found', () => {
    expect(answers.length).toBeGreaterThan(100);
    // one of each way to say something
    expect(answers).toEqual(
      expect.arrayContaining([
        'must not be longer than 7 characters',
        'can be probed for rtsp and rtsps only',
        'The body is larger than 7 KiB.',
        'There is nothing at this URL.',
        'Your role does not allow this.',
        'The body did not come in time.',
      ]),
    );
  });

  it.each(answers)('“%s” are known in German', async (words) => {
    await speak('de');
    expect(sayWords(words)).not.toBe(words);
  });

  it('that nobody knows stay as they are', async () => {
    await speak('de');
    expect(sayWords('must be blue (or so)')).toBe('must be blue (or so)');
  });

  it('keep what differs', async () => {
    expect(sayWords('must have 8 to 128 characters')).toBe('must have 8 to 128 characters');
    await speak('de');
    expect(sayWords('must have 8 to 128 characters')).toBe('muss 8 bis 128 Zeichen haben');
    expect(sayWords('Another camera is called “{a} $&” already.')).toBe(
      'Eine andere Kamera heißt schon „{a} $&“.',
    );
  });
});

describe('a text', () => {
  it('is English, with its values', () => {
    expect(say('list {age} old', { age: '2 s' })).toBe('list 2 s old');
  });

  it('is said in the language of the page', async () => {
    await speak('de');
    expect(say('list {age} old', { age: '2 s' })).toBe('Liste 2 s alt');
    expect(say(later('Try now'))).toBe('Jetzt versuchen');
  });

  it('that nobody translated stays as it is', async () => {
    await speak('de');
    expect(say('Gate 4')).toBe('Gate 4');
  });

  it('is in the language that was wished last', async () => {
    await Promise.all([speak('de'), speak('en')]);
    expect(say('Try now')).toBe('Try now');
  });

  it('of a value is no pattern of its own', () => {
    expect(say('for {time}', { time: '{time} $&' })).toBe('for {time} $&');
  });

  it('of the server is known by its code, else in its own words', async () => {
    await speak('de');
    expect(sayCode('dns', 'no name')).toBe('Der Name der Kamera lässt sich nicht auflösen');
    expect(sayCode('brand_new', 'Something else')).toBe('Something else');
    await speak('en');
    expect(sayCode('dns', 'in its own words')).toBe('in its own words');
  });
});

it.each([
  [['de-AT', 'en'], 'de'],
  [['fr-FR', 'de'], 'de'],
  [['EN-us'], 'en'],
  [['fr'], 'en'],
  [[], 'en'],
])('whoever wishes %j reads %s', (wishes, found) => {
  expect(suited(wishes)).toBe(found);
});

it('numbers and days are written as people there do', async () => {
  const [at, now] = [Date.UTC(2026, 2, 3, 12), Date.UTC(2026, 2, 9, 12)];
  expect([locale(), decimal(2.449)]).toEqual(['en-GB', '2.4']);
  expect(moment(at, now)).toMatch(/^3 Mar/);
  await speak('de');
  expect([locale(), decimal(2)]).toEqual(['de-DE', '2,0']);
  expect(moment(at, now)).toMatch(/^3\. März/);
});
