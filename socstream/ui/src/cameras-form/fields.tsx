import type { JSX } from 'preact';
import type { Failed } from '../http';
import { say } from '../i18n/say';
import type { Draft } from './draft';
import { Input, Select } from './input';
import { MAKES, madeBy } from './makes';
import type { CameraRecord } from './record';

interface FieldsProps {
  readonly draft: Draft;
  readonly camera: CameraRecord | null;
  readonly refusal: Failed | null;
  readonly change: (change: Partial<Draft>) => void;
  /** Called when the address was left: it may carry user and password. */
  readonly tidy: () => void;
}

/** Everything that can be said about a camera. */
export function CameraFields({ draft, camera, refusal, change, tidy }: FieldsProps): JSX.Element {
  const at = (name: string): string | null => problemAt(refusal, name);
  const make = madeBy(draft.make);
  return (
    <div class="fields">
      <Input
        name="name"
        label={say('Name')}
        value={draft.name}
        change={(name) => change({ name })}
        problem={at('name')}
        needed
        longest={100}
        focus
      />
      <Input
        name="location"
        label={say('Place')}
        value={draft.place}
        change={(place) => change({ place })}
        problem={at('location')}
        longest={200}
      />
      <Select
        name="make"
        label={say('Make')}
        value={draft.make}
        change={(id) => change({ make: id })}
        hint={make?.hint === '' ? undefined : make && say(make.hint)}
      >
        <option value="">{say('Another make')}</option>
        {MAKES.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </Select>
      <Input
        name="ip_address"
        label={say('Name or address in the network')}
        value={draft.host}
        change={(host) => change({ host })}
        problem={at('ip_address')}
        needed
        longest={253}
        placeholder="192.0.2.10"
      />
      {make !== undefined && (
        <Select
          name="stream"
          label={say('Stream')}
          value={String(draft.stream)}
          change={(stream) => change({ stream: Number(stream) })}
        >
          {make.streams.map(({ word }, index) => (
            <option key={word} value={String(index)}>
              {say(word)}
            </option>
          ))}
        </Select>
      )}
      {make !== undefined && make.asks !== 'nothing' && (
        <Input
          name="detail"
          label={make.asks === 'key' ? say('Key of the stream') : say('Channel')}
          value={draft.detail}
          change={(detail) => change({ detail })}
          problem={null}
          needed={make.asks === 'key'}
          longest={make.asks === 'key' ? 1024 : 3}
          placeholder={make.asks === 'key' ? '' : '1'}
          inputMode={make.asks === 'key' ? 'text' : 'numeric'}
          hint={make.asks === 'channel' ? say('1, unless it is a recorder with many cameras.') : undefined}
        />
      )}
      <Input
        name="stream_url"
        label={say('Address of the stream')}
        value={draft.url}
        change={(url) => change({ url })}
        problem={at('stream_url')}
        needed={camera === null}
        longest={2048}
        placeholder={camera === null ? 'rtsp://192.0.2.10:554/stream1' : say('as it is')}
        inputMode="url"
        whole
        leave={tidy}
        hint={
          camera === null
            ? undefined
            : say('Nobody is shown the present one. With a new one, type the password again.')
        }
      />
      <Input
        name="username"
        label={say('User at the camera')}
        value={draft.username}
        change={(username) => change({ username })}
        problem={at('credentials')}
      />
      <Input
        name="password"
        label={say('Password at the camera')}
        value={draft.password}
        change={(password) => change({ password })}
        problem={null}
        secret
        placeholder={camera?.hasPassword ? say('as it is') : ''}
      />
      <Select
        name="mode"
        label={say('Runs')}
        value={draft.onDemand ? 'on_demand' : 'always'}
        change={(mode) => change({ onDemand: mode === 'on_demand' })}
      >
        <option value="always">{say('Always')}</option>
        <option value="on_demand">{say('Only while somebody looks')}</option>
      </Select>
      {draft.onDemand && (
        <Input
          name="idle_after"
          label={say('Stops after so many seconds without anybody')}
          value={draft.idleAfter}
          change={(idleAfter) => change({ idleAfter })}
          problem={at('idle_after')}
          needed
          longest={5}
          inputMode="numeric"
        />
      )}
    </div>
  );
}

/** What a refusal says about a field or a part of it; that a name is taken is a matter of the name. */
export function problemAt(refusal: Failed | null, name: string): string | null {
  if (refusal === null) return null;
  if (name === 'name' && refusal.code === 'camera_exists') return refusal.message;
  const own = refusal.problems?.filter(({ field }) => field === name || field.startsWith(`${name}.`));
  if (!own?.length) return null;
  const text = own.map(({ message }) => message).join('; ');
  return `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}.`.replace(/\.\.$/, '.');
}
