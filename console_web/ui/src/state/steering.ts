/** What held keys and buttons mean for a camera that moves. Pure. */
export interface Velocity {
  pan: number;
  tilt: number;
  zoom: number;
}

export const STILL: Velocity = { pan: 0, tilt: 0, zoom: 0 };

/** What moves in which way, by KeyboardEvent.key in lower case. */
export const STEERING: Readonly<Record<string, Partial<Velocity>>> = {
  arrowleft: { pan: -1 }, arrowright: { pan: 1 }, arrowup: { tilt: 1 }, arrowdown: { tilt: -1 },
  "+": { zoom: 1 }, "-": { zoom: -1 },
};

/** The velocity of all that is held, at a speed of 0 to 1; opposite keys cancel out. */
export function velocityOf(held: ReadonlySet<string>, speed: number): Velocity {
  const sum = { ...STILL };
  for (const key of held) {
    const way = STEERING[key];
    if (!way) continue;
    sum.pan += way.pan ?? 0;
    sum.tilt += way.tilt ?? 0;
    sum.zoom += way.zoom ?? 0;
  }
  const cut = (part: number): number => Math.max(-1, Math.min(1, part)) * speed;
  return { pan: cut(sum.pan), tilt: cut(sum.tilt), zoom: cut(sum.zoom) };
}

export function isStill(velocity: Velocity): boolean {
  return velocity.pan === 0 && velocity.tilt === 0 && velocity.zoom === 0;
}
