// hls.js without what the wall does not need when it starts. Where this text is not found in a newer hls.js, the build ends.
import { readFile } from 'node:fs/promises';

const CUTS = [
  // Our own streams are fMP4. What else a gateway may send is played by the whole of hls.js: isPlain in hls.ts tells.
  [/const muxConfig = \[[^;]*\];/, 'const muxConfig = [{ demux: MP4Demuxer, remux: PassThroughRemuxer }];'],
  ['TSDemuxer.probe(initSegmentData, this.logger)', 'false'],
  // … nor is there anything to decrypt, or a choice of qualities
  ['new AESDecryptor()', 'null'],
  ['capLevelController: CapLevelController', 'capLevelController: undefined'],
  // nobody steers us, reads metadata, or has switched these on
  ['contentSteeringController: ContentSteeringController', 'contentSteeringController: undefined'],
  ['id3TrackController: ID3TrackController', 'id3TrackController: undefined'],
  ['fpsController: FPSController', 'fpsController: undefined'],
  ['currentLoader !== FetchLoader && ', ''],
  ['config.loader = FetchLoader;', ''],
];

/** A plugin of esbuild. */
export const slimHls = {
  name: 'slim-hls',
  setup(build) {
    build.onLoad({ filter: /[/\\]hls\.light\.mjs$/ }, async ({ path }) => {
      let contents = await readFile(path, 'utf8');
      for (const [from, to] of CUTS) {
        const cut = contents.replace(from, to);
        if (cut === contents) throw new Error(`${path} does not have ${from}`);
        contents = cut;
      }
      return { contents, loader: 'js' };
    });
  },
};
