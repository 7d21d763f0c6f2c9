/** Moving pictures for the fixture server, made by ffmpeg at first use: a live stream by fragments, and an HLS recording. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = join(tmpdir(), "console-fixture-media");

function ffmpeg(...args: string[]): void {
  mkdirSync(folder, { recursive: true });
  execFileSync("ffmpeg", ["-hide_banner", "-loglevel", "error", "-y", ...args], { cwd: folder });
}

/** `FIXTURE_CLIP` names a real clip; without it, a test picture. */
const clip = process.env["FIXTURE_CLIP"];
const source = (size: string, rate: number): string[] => (clip ? ["-stream_loop", "2", "-i", clip, "-t", "30", "-vf", `scale=${size.replace("x", ":")}`, "-r", String(rate)] : ["-f", "lavfi", "-i", `testsrc2=size=${size}:rate=${rate}:duration=30`]);
const H264 = ["-an", "-c:v", "libx264", "-preset", "ultrafast", "-profile:v", "baseline", "-pix_fmt", "yuv420p"];

export interface Fragments {
  init: Buffer;
  fragments: Buffer[];
  fps: number;
}

function boxes(file: Buffer): { type: string; from: number; to: number }[] {
  const found = [];
  for (let at = 0; at + 8 <= file.length; ) {
    const to = at + file.readUInt32BE(at);
    found.push({ type: file.toString("latin1", at + 4, at + 8), from: at, to });
    at = to;
  }
  return found;
}

export function liveFragments(stream: "main" | "sub"): Fragments {
  const [size, fps] = stream === "main" ? (["1280x720", 25] as const) : (["640x360", 10] as const);
  const name = `live-${stream}.mp4`;
  if (!existsSync(join(folder, name))) ffmpeg(...source(size, fps), ...H264, "-g", String(fps), "-movflags", "frag_every_frame+empty_moov+default_base_moof", name);
  const file = readFileSync(join(folder, name));
  const all = boxes(file);
  const firstMoof = all.find((box) => box.type === "moof")?.from ?? 0;
  const fragments = all.flatMap((box, i) => (box.type === "moof" ? [file.subarray(box.from, all[i + 1]?.to)] : []));
  return { init: file.subarray(0, firstMoof), fragments, fps };
}

export function hlsFile(name: string): Buffer | null {
  if (!existsSync(join(folder, "rec.m3u8"))) {
    ffmpeg(...source("1280x720", 25), ...H264, "-g", "50", "-f", "hls", "-hls_time", "4", "-hls_list_size", "0", "-hls_segment_type", "fmp4", "-hls_fmp4_init_filename", "rec-init.mp4", "-hls_segment_filename", "rec-%d.m4s", "rec.m3u8");
  }
  const path = join(folder, name);
  return /^rec[\w.-]*$/.test(name) && existsSync(path) ? readFileSync(path) : null;
}

/** The playlist with dates, its first segment at `fromMs`. */
export function playlist(fromMs: number): string {
  let at = fromMs;
  return (hlsFile("rec.m3u8") ?? Buffer.alloc(0)).toString().split("\n").flatMap((line) => {
    if (line.startsWith("#EXT-X-MAP")) return [line.replace(/URI="/, 'URI="/api/segments/')];
    if (line.startsWith("#EXTINF")) {
      const dated = [`#EXT-X-PROGRAM-DATE-TIME:${new Date(at).toISOString()}`, line];
      at += Number.parseFloat(line.slice(8)) * 1000;
      return dated;
    }
    return line.endsWith(".m4s") ? [`/api/segments/${line}`] : [line];
  }).join("\n");
}

export function snapshot(): Buffer {
  if (!existsSync(join(folder, "snap.jpg"))) ffmpeg(...source("640x360", 10), "-ss", "2", "-frames:v", "1", "-q:v", "4", "snap.jpg");
  return readFileSync(join(folder, "snap.jpg"));
}
