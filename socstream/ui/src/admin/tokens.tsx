import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Camera } from '../camera';
import { Dialog } from '../dialog';
import { locale, say } from '../i18n/say';
import { type User, roleName } from '../user';
import { moment } from '../words';
import type { AdminApi } from './api';
import { useListed } from './listed';
import type { ApiToken } from './people';
import { scopeWords } from './scope';
import { TokenForm } from './token-form';
import { Told } from './told';

interface TokensProps {
  readonly api: AdminApi;
  readonly me: User;
  readonly cameras: readonly Camera[];
  readonly close: () => void;
}

/** What programs may come in with. */
export function Tokens({ api, me, cameras, close }: TokensProps): JSX.Element {
  const { all, trouble, again } = useListed(() => api.tokens());
  const [makes, setMakes] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const revoke = async (token: ApiToken): Promise<void> => {
    const answer = await api.revokeToken(token.id);
    setRefusal(answer.kind === 'failed' ? answer.message : null);
    again();
  };
  return (
    <Dialog title={say('API tokens')} close={close} wide>
      <div class="admin" data-tokens>
        <Told trouble={trouble ?? refusal} waits={all === null} />
        {all?.length === 0 && <p class="hint">{say('No token yet. Programs come in with one.')}</p>}
        {all !== null && all.length > 0 && (
          <div class="scrolled" tabIndex={0} role="region" aria-label={say('API tokens')}>
            <table>
              <thead>
                <tr>
                  <th scope="col">{say('Token')}</th>
                  <th scope="col">{say('Role')}</th>
                  <th scope="col">{say('May see')}</th>
                  <th scope="col">{say('Last used')}</th>
                  <th scope="col">{say('Good until')}</th>
                  <th scope="col">
                    <span class="sr">{say('Actions')}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {all.map((token) => (
                  <Row
                    key={token.id}
                    token={token}
                    isMine={token.userId === me.id}
                    revoke={() => void revoke(token)}
                  />
                ))}
              </tbody>
            </table>
          </div>
        )}
        <footer>
          <button type="button" class="main" onClick={() => setMakes(true)}>
            {say('Make a token')}
          </button>
        </footer>
      </div>
      {makes && <TokenForm api={api} me={me} cameras={cameras} made={again} close={() => setMakes(false)} />}
    </Dialog>
  );
}

interface RowProps {
  readonly token: ApiToken;
  readonly isMine: boolean;
  readonly revoke: () => void;
}

function Row({ token, isMine, revoke }: RowProps): JSX.Element {
  const [asks, setAsks] = useState(false);
  const now = Date.now();
  const isOver = token.expiresAt !== null && token.expiresAt < now;
  return (
    <tr data-token={token.name} class={isOver ? 'off' : ''}>
      <td>
        <b>{token.name}</b> {!isMine && <small>{say('of somebody else')}</small>}
      </td>
      <td>{say(roleName(token.role))}</td>
      <td>{scopeWords(token.scope)}</td>
      <td class="num">{token.lastUsed === null ? say('never') : moment(token.lastUsed, now)}</td>
      <td class="num">
        {token.expiresAt === null ? say('for ever') : isOver ? say('over') : day(token.expiresAt)}
      </td>
      <td>
        {asks ? (
          <>
            <button type="button" class="danger" onClick={revoke}>
              {say('Revoke for good')}
            </button>{' '}
            <button type="button" onClick={() => setAsks(false)}>
              {say('Keep')}
            </button>
          </>
        ) : (
          <button
            type="button"
            aria-label={say('Revoke {name}', { name: token.name })}
            onClick={() => setAsks(true)}
          >
            {say('Revoke')}
          </button>
        )}
      </td>
    </tr>
  );
}

const day = (at: number): string =>
  new Date(at).toLocaleDateString(locale(), { day: 'numeric', month: 'short', year: 'numeric' });
