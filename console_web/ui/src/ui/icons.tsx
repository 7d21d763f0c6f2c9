/** Our own icons: inline SVG, 24x24, drawn in the text's colour. Always beside a word, so hidden from screen readers. */
import type { ComponentChildren } from "preact";

interface IconProps {
  class?: string;
}

function Icon({ children, class: name, filled = false }: IconProps & { children: ComponentChildren; filled?: boolean }) {
  return (
    <svg class={`icon ${name ?? ""}`} viewBox="0 0 24 24" aria-hidden="true" focusable="false"
      fill={filled ? "currentColor" : "none"} stroke="currentColor" stroke-width={filled ? 0 : 2} stroke-linecap="round" stroke-linejoin="round">
      {children}
    </svg>
  );
}

/* Priorities: three shapes that stay apart in grey, small, and from two metres. */
export const IconHigh = (p: IconProps) => <Icon {...p} filled><path d="M12 2 23 21H1Z" /><path d="M11 9h2v6h-2zM11 16.5h2v2h-2z" fill="#10161c" /></Icon>;
export const IconMedium = (p: IconProps) => <Icon {...p} filled><path d="M12 1.5 22.5 12 12 22.5 1.5 12Z" /></Icon>;
export const IconLow = (p: IconProps) => <Icon {...p}><circle cx="12" cy="12" r="8.5" stroke-width="3.5" /></Icon>;

/* Agencies: a hexagon, a star and, for all others, a cross, not their emblems. */
export const IconSerenazgo = (p: IconProps) => <Icon {...p} filled><path d="M12 1 21.5 6.5v11L12 23 2.5 17.5v-11Z" /><path d="M15.8 8.3C15 7.4 13.6 6.9 12 6.9c-2.3 0-3.9 1.1-3.9 2.8 0 3.8 5.9 2 5.9 3.9 0 .8-.9 1.2-2 1.2-1.3 0-2.5-.5-3.3-1.4l-1.2 1.7c1 1.1 2.6 1.7 4.5 1.7 2.5 0 4.2-1.2 4.2-3.2 0-3.9-5.9-2.2-5.9-3.9 0-.6.7-1 1.7-1 1.1 0 2 .4 2.6 1Z" class="hole" fill="#10161c" /></Icon>;
export const IconPnp = (p: IconProps) => <Icon {...p} filled><path d="m12 .8 3.3 7.2 7.9.9-5.9 5.3 1.7 7.8L12 18l-7 4 1.7-7.8L.8 8.9 8.7 8Z" /></Icon>;

export const IconAgency = (p: IconProps) => <Icon {...p} filled><path d="M9 2h6v7h7v6h-7v7H9v-7H2V9h7Z" /></Icon>;

/* Steps of a dispatch. */
export const IconSent = (p: IconProps) => <Icon {...p}><path d="M21 3 3 10.5l7 3 3 7.5Z" /><path d="m10 13.5 5-4.5" /></Icon>;
export const IconReceived = (p: IconProps) => <Icon {...p}><path d="m4 12.5 5.5 5.5L20 6.5" stroke-width="3" /></Icon>;
export const IconEnRoute = (p: IconProps) => <Icon {...p}><path d="M3 16v-3l2.5-6h10L20 12l1.5 1v3H19M8 16h6M3 16h1" /><circle cx="6" cy="17" r="2" /><circle cx="16.5" cy="17" r="2" /></Icon>;
export const IconOnScene = (p: IconProps) => <Icon {...p}><path d="M12 22s7-7.2 7-12.5A7 7 0 0 0 5 9.5C5 14.8 12 22 12 22Z" /><circle cx="12" cy="9.5" r="2.5" /></Icon>;
export const IconDone = (p: IconProps) => <Icon {...p}><rect x="3.5" y="3.5" width="17" height="17" rx="3" /><path d="m8 12.5 3 3 5.5-6" /></Icon>;

export const IconCamera = (p: IconProps) => <Icon {...p}><path d="m3 8 13-4 2 6-13 4Z" /><path d="M7 13.5V20H3M18 7.5l3-.8" /></Icon>;
export const IconNoSignal = (p: IconProps) => <Icon {...p}><path d="M3 3l18 18M5 8a13 13 0 0 1 3-1.7M19 8a13 13 0 0 0-7-2.5M8 12.5a7 7 0 0 1 2-1.2M16 12.5a7 7 0 0 0-1-.8" /><circle cx="12" cy="18" r="1.5" fill="currentColor" /></Icon>;
export const IconOnline = (p: IconProps) => <Icon {...p}><path d="M4 9a12 12 0 0 1 16 0M7.5 13a7 7 0 0 1 9 0" /><circle cx="12" cy="18" r="1.8" fill="currentColor" /></Icon>;
export const IconWait = (p: IconProps) => <Icon {...p}><circle cx="12" cy="12" r="9" /><path d="M12 6.5V12l3.5 2.5" /></Icon>;
export const IconWarn = (p: IconProps) => <Icon {...p}><path d="M12 3 22 20.5H2Z" /><path d="M12 10v4.5M12 17.5v.1" stroke-width="2.5" /></Icon>;
export const IconSound = (p: IconProps) => <Icon {...p}><path d="M4 9.5v5h3.5L12 18.5v-13L7.5 9.5Z" /><path d="M15.5 9a4 4 0 0 1 0 6M18.5 6.5a8 8 0 0 1 0 11" /></Icon>;
export const IconMuted = (p: IconProps) => <Icon {...p}><path d="M4 9.5v5h3.5L12 18.5v-13L7.5 9.5Z" /><path d="m16 9.5 5 5M21 9.5l-5 5" /></Icon>;
export const IconUser = (p: IconProps) => <Icon {...p}><circle cx="12" cy="8" r="4" /><path d="M4 21c.5-4.5 4-6.5 8-6.5s7.5 2 8 6.5" /></Icon>;
export const IconTerminal = (p: IconProps) => <Icon {...p}><rect x="3" y="4" width="18" height="12.5" rx="2" /><path d="M8 20.5h8M12 16.5v4" /></Icon>;
export const IconOut = (p: IconProps) => <Icon {...p}><path d="M14 4H5v16h9M10 12h11M17 8l4 4-4 4" /></Icon>;
export const IconLock = (p: IconProps) => <Icon {...p}><rect x="4.5" y="10.5" width="15" height="10" rx="2" /><path d="M8 10.5V7.5a4 4 0 0 1 8 0v3" /></Icon>;
export const IconHand = (p: IconProps) => <Icon {...p}><path d="M7 12V6.5a1.5 1.5 0 0 1 3 0V11M10 11V4.5a1.5 1.5 0 0 1 3 0V11M13 11V5.5a1.5 1.5 0 0 1 3 0V12M16 12V8.5a1.5 1.5 0 0 1 3 0V15a6.5 6.5 0 0 1-6.5 6.5c-3 0-4.5-1.5-6-4L4 13.5a1.6 1.6 0 0 1 2.7-1.7L8.5 14" /></Icon>;
export const IconRelease = (p: IconProps) => <Icon {...p}><path d="M4 12a8 8 0 1 0 2.5-5.8M4 3.5v4.5h4.5" /></Icon>;
export const IconFalse = (p: IconProps) => <Icon {...p}><circle cx="12" cy="12" r="9" /><path d="m6 6 12 12" /></Icon>;
export const IconEye = (p: IconProps) => <Icon {...p}><path d="M2.5 12s3.5-6.5 9.5-6.5S21.5 12 21.5 12s-3.5 6.5-9.5 6.5S2.5 12 2.5 12Z" /><circle cx="12" cy="12" r="3" /></Icon>;
export const IconNote = (p: IconProps) => <Icon {...p}><path d="M5 3.5h10l4 4v13H5Z" /><path d="M8.5 11h7M8.5 15h7M8.5 7h3" /></Icon>;
export const IconPlay = (p: IconProps) => <Icon {...p} filled><path d="M6 3.5v17l15-8.5Z" /></Icon>;
export const IconPause = (p: IconProps) => <Icon {...p} filled><path d="M5.5 4h4.5v16H5.5zM14 4h4.5v16H14z" /></Icon>;
export const IconReplay = (p: IconProps) => <Icon {...p}><path d="M4 12a8 8 0 1 0 2.5-5.8M4 3.5v4.5h4.5" /><path d="M10.5 9v6l4.5-3Z" fill="currentColor" /></Icon>;
export const IconMovement = (p: IconProps) => <Icon {...p}><circle cx="13.5" cy="4.5" r="1.8" fill="currentColor" /><path d="m8 21 3-5.5-2.5-3L10 8l4 1 2 3.5 3 .5M11 15.5l3.5 2 1 4M10 8l-3.5 1.5-1 3.5" /></Icon>;
export const IconGrid = (p: IconProps) => <Icon {...p}><rect x="3.5" y="4" width="7.5" height="7" /><rect x="13.5" y="4" width="7" height="7" /><rect x="3.5" y="13.5" width="7.5" height="7" /><rect x="13.5" y="13.5" width="7" height="7" /></Icon>;
export const IconKeyboard = (p: IconProps) => <Icon {...p}><rect x="2" y="6" width="20" height="12" rx="2" /><path d="M6 10h.1M10 10h.1M14 10h.1M18 10h.1M7 14h10" /></Icon>;
export const IconDisk = (p: IconProps) => <Icon {...p}><ellipse cx="12" cy="6" rx="8" ry="3" /><path d="M4 6v12c0 1.7 3.6 3 8 3s8-1.3 8-3V6M4 12c0 1.7 3.6 3 8 3s8-1.3 8-3" /></Icon>;
export const IconMove = (p: IconProps) => <Icon {...p}><path d="M12 2v20M2 12h20M9 5l3-3 3 3M9 19l3 3 3-3M5 9l-3 3 3 3M19 9l3 3-3 3" /></Icon>;
export const IconClose = (p: IconProps) => <Icon {...p}><path d="m5 5 14 14M19 5 5 19" /></Icon>;
