import type { JSX, RefObject } from 'preact';
import { useState } from 'preact/hooks';
import { say } from './i18n/say';
import { Icon, type IconName } from './icon';

interface ControlsProps {
  readonly tile: RefObject<HTMLElement | null>;
  readonly video: RefObject<HTMLVideoElement | null>;
  /** Else there is nothing to switch on. */
  readonly hasSound: boolean;
  readonly open: () => void;
  readonly save: () => void;
}

/** What can be done with one picture; shown where the pointer or the focus is. */
export function Controls({ tile, video, hasSound, open, save }: ControlsProps): JSX.Element {
  const [muted, setMuted] = useState(true);
  const mute = (): void => {
    if (video.current === null) return;
    video.current.muted = !video.current.muted;
    setMuted(video.current.muted);
  };
  return (
    <div
      class="controls"
      role="group"
      aria-label={say('Picture')}
      onDblClick={(event) => event.stopPropagation()}
    >
      {hasSound && (
        <Control
          icon={muted ? 'mute' : 'sound'}
          label={muted ? say('Sound on') : say('Sound off')}
          letter="m"
          act={mute}
        />
      )}
      <Control icon="snapshot" label={say('Save this picture')} letter="s" act={save} />
      {document.pictureInPictureEnabled && (
        <Control icon="pip" label={say('Picture in picture')} letter="p" act={() => float(video.current)} />
      )}
      <Control icon="full" label={say('Full screen')} letter="f" act={() => toggleFullScreen(tile.current)} />
      <Control icon="details" label={say('Details')} letter="Enter" act={open} />
    </div>
  );
}

interface ControlProps {
  readonly icon: IconName;
  readonly label: string;
  readonly letter: string;
  readonly act: () => void;
}

/** `data-key`: the tile presses it when that key is pressed. */
function Control({ icon, label, letter, act }: ControlProps): JSX.Element {
  return (
    <button
      type="button"
      class="plain"
      aria-label={label}
      title={`${label} (${letter.length === 1 ? letter.toUpperCase() : letter})`}
      data-key={letter}
      tabIndex={-1}
      onClick={act}
    >
      <Icon name={icon} />
    </button>
  );
}

/** Presses the control that a key stands for; true when there is one. */
export function pressed(tile: HTMLElement, key: string): boolean {
  const name = key.length === 1 ? key.toLowerCase() : key;
  const control = [...tile.querySelectorAll<HTMLElement>('[data-key]')].find(
    (one) => one.dataset['key'] === name,
  );
  control?.click();
  return control !== undefined;
}

export function toggleFullScreen(tile: HTMLElement | null): void {
  const done = document.fullscreenElement === null ? tile?.requestFullscreen() : document.exitFullscreen();
  done?.catch(() => undefined); // the browser may refuse: then the tile stays as it is
}

function float(video: HTMLVideoElement | null): void {
  const done =
    document.pictureInPictureElement === video && video !== null
      ? document.exitPictureInPicture()
      : video?.requestPictureInPicture();
  done?.catch(() => undefined); // as above; also while there is no picture yet
}
