/** Pictures in, a media stream out: one picture is decoded at a time, and of those that come meanwhile only the newest is kept. */
export class PictureSource {
  readonly stream: MediaStream;
  private readonly canvas = document.createElement("canvas");
  private readonly context = this.canvas.getContext("2d");
  private next: Blob | null = null;
  private busy = false;
  private closed = false;

  constructor() {
    this.stream = this.canvas.captureStream();
  }

  draw(picture: Uint8Array<ArrayBuffer>): void {
    this.next = new Blob([picture], { type: "image/jpeg" });
    if (!this.busy) void this.work();
  }

  close(): void {
    this.closed = true;
    this.next = null;
    for (const track of this.stream.getTracks()) track.stop();
  }

  private async work(): Promise<void> {
    this.busy = true;
    while (this.next && !this.closed) {
      const blob = this.next;
      this.next = null;
      try {
        const bitmap = await createImageBitmap(blob);
        if (this.canvas.width !== bitmap.width || this.canvas.height !== bitmap.height) {
          this.canvas.width = bitmap.width;
          this.canvas.height = bitmap.height;
        }
        this.context?.drawImage(bitmap, 0, 0);
        bitmap.close();
      } catch {
        // A damaged picture: the one before stays until the next.
      }
    }
    this.busy = false;
  }
}
