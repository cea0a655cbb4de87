import { decoded, done, plainText } from '../api';
import type { Answer } from '../http';
import type { SignedHttp } from '../signed';
import {
  type CameraRecord,
  type ImportLine,
  type Report,
  decodeImport,
  decodeRecord,
  decodeReport,
} from './record';

export const CAMERAS = '/api/security-operations/cameras';
const CSV = 'text/csv';
const PROBE = 20_000; // the server looks for 15 s
const IMPORT = 30_000;

export const cameraUrl = (cameraId: string): string => `${CAMERAS}/${encodeURIComponent(cameraId)}`;

/** Every request that changes cameras, or asks what only their managers need. */
export class CamerasApi {
  constructor(private readonly http: SignedHttp) {}

  async one(cameraId: string): Promise<Answer<CameraRecord>> {
    return decoded(await this.http.get(cameraUrl(cameraId)), 'camera', decodeRecord);
  }

  async add(body: object): Promise<Answer<CameraRecord>> {
    return decoded(await this.http.send('POST', CAMERAS, body), 'camera', decodeRecord);
  }

  async change(cameraId: string, body: object): Promise<Answer<CameraRecord>> {
    return decoded(await this.http.send('PATCH', cameraUrl(cameraId), body), 'camera', decodeRecord);
  }

  async remove(cameraId: string): Promise<Answer<null>> {
    return done(await this.http.send('DELETE', cameraUrl(cameraId)));
  }

  /** Has the server look at a camera, for up to 15 s; nothing is kept. */
  async probe(source: object): Promise<Answer<Report>> {
    return decoded(await this.http.send('POST', `${CAMERAS}/probe`, source, PROBE), 'report', decodeReport);
  }

  /** The same for a camera that is there, with the address and the password that only the server knows. */
  async probeKnown(cameraId: string): Promise<Answer<Report>> {
    const response = await this.http.send('POST', `${cameraUrl(cameraId)}/probe`, undefined, PROBE);
    return decoded(response, 'report', decodeReport);
  }

  /** Has the server try a camera now; harmless when it plays already. */
  async retry(cameraId: string): Promise<Answer<null>> {
    return done(await this.http.send('POST', `${cameraUrl(cameraId)}/retry`));
  }

  /** What becomes, or with `dry` would become, of every line of a table; whether it is UTF-8, the server tells. */
  async importTable(table: ArrayBuffer, dry: boolean): Promise<Answer<readonly ImportLine[]>> {
    const url = `${CAMERAS}/import${dry ? '?dry_run' : ''}`;
    return decoded(await this.http.sendBody('POST', url, CSV, table, IMPORT), 'list of lines', decodeImport);
  }

  /** All cameras as a table, without passwords. */
  async exportTable(): Promise<Answer<string>> {
    return plainText(await this.http.get(`${CAMERAS}/export`, { Accept: CSV }));
  }
}
