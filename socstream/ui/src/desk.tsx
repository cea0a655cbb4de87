// One file of its own: what is opened over the wall to work with cameras and people.
import type { ComponentProps, JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { HealthApi } from './camera-view/api';
import { CameraView } from './camera-view/view';
import { CamerasApi } from './cameras-form/api';
import type { SignedHttp } from './signed';

export { Office } from './office';

type ViewProps = Omit<ComponentProps<typeof CameraView>, 'cameras' | 'health'> & {
  readonly http: SignedHttp;
};

/** The window with all that there is to know of one camera. */
export function Details({ http, ...props }: ViewProps): JSX.Element {
  const [cameras, health] = useMemo(() => [new CamerasApi(http), new HealthApi(http)] as const, [http]);
  return <CameraView {...props} cameras={cameras} health={health} />;
}
