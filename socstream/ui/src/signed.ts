import type { Answer, Http, Method, Reply } from './http';
import { later, say } from './i18n/say';

const OUT = later('You are signed out. Sign in again in another tab, then try again here: nothing is lost');

/** Requests of somebody who is signed in; `denied` is told when the server does not know us any more. */
export class SignedHttp {
  constructor(
    private readonly http: Http,
    private readonly denied: () => void,
  ) {}

  async get(path: string, headers?: Record<string, string>): Promise<Answer<Reply>> {
    return this.noticed(await this.http.get(path, headers));
  }

  async send(method: Method, path: string, body?: unknown, timeout?: number): Promise<Answer<Reply>> {
    return this.noticed(await this.http.send(method, path, body, timeout));
  }

  async sendBody(
    method: Method,
    path: string,
    type: string,
    body: string | ArrayBuffer,
    timeout?: number,
  ): Promise<Answer<Reply>> {
    return this.noticed(await this.http.sendBody(method, path, type, body, timeout));
  }

  private noticed(response: Answer<Reply>): Answer<Reply> {
    if (response.kind === 'failed' || response.value.status !== 401) return response;
    this.denied();
    return { kind: 'failed', status: 401, message: say(OUT) };
  }
}
