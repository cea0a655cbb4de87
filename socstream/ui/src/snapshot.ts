const QUALITY = 0.92;

/** A file name that says which camera and when, and that every system takes: "Gate 4 2026-03-01 12-00-07.jpg". */
export function fileName(camera: string, at: number): string {
  const two = (part: number): string => String(part).padStart(2, '0');
  const when = new Date(at);
  const day = `${when.getFullYear()}-${two(when.getMonth() + 1)}-${two(when.getDate())}`;
  const time = [when.getHours(), when.getMinutes(), when.getSeconds()].map(two).join('-');
  const name = camera.replace(/[^\p{L}\p{N} _-]+/gu, ' ').trim() || 'camera';
  return `${name} ${day} ${time}.jpg`;
}

/** Saves what a video shows as a file, in its full size; nothing happens while it shows nothing. */
export function savePicture(video: HTMLVideoElement, name: string): void {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  canvas.getContext('2d')?.drawImage(video, 0, 0);
  canvas.toBlob(
    (picture) => {
      if (picture === null) return;
      const link = document.createElement('a');
      link.href = URL.createObjectURL(picture);
      link.download = name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    },
    'image/jpeg',
    QUALITY,
  );
}
