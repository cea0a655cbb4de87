import { decoded } from '../api';
import { type CameraRecord, decodeRecord } from '../cameras-form/record';
import { cameraUrl } from '../cameras-form/api';
import { fields, listOf } from '../decode';
import type { Answer } from '../http';
import type { SignedHttp } from '../signed';
import { type History, type Outage, decodeHistory, decodeOutages } from './health';

/** What a camera view asks for. */
export class HealthApi {
  constructor(private readonly http: SignedHttp) {}

  async record(cameraId: string): Promise<Answer<CameraRecord>> {
    return decoded(await this.http.get(cameraUrl(cameraId)), 'camera', decodeRecord);
  }

  /** The last 24 hours. */
  async history(cameraId: string): Promise<Answer<History>> {
    return decoded(await this.http.get(`${cameraUrl(cameraId)}/history`), 'history', decodeHistory);
  }

  /** The outages since a time, newest first. */
  async outages(cameraId: string, since: number): Promise<Answer<readonly Outage[]>> {
    const from = encodeURIComponent(new Date(since).toISOString());
    const response = await this.http.get(`${cameraUrl(cameraId)}/outages?since=${from}`);
    return decoded(response, 'list of outages', decodeOutages);
  }

  /** The last lines that FFmpeg wrote. */
  async log(cameraId: string): Promise<Answer<readonly string[]>> {
    const response = await this.http.get(`${cameraUrl(cameraId)}/stream-status`);
    return decoded(response, 'status', (body) => listOf(fields(body, 'status')['log'], String));
  }
}
