/** Priority, agency and state marks: shape, word and colour together, never colour alone. */
import type { ComponentChildren, JSX } from "preact";
import type { Agency, AlertState, DispatchState, StreamState } from "../api/types";
import { t } from "../locale";
import { agencyName, toneOf } from "../state/agencies";
import {
  IconAgency, IconDone, IconEnRoute, IconHand, IconHigh, IconLow, IconMedium, IconNoSignal, IconOnline, IconOnScene, IconPnp, IconReceived,
  IconSent, IconSerenazgo, IconWait,
} from "./icons";

export const PRIORITIES = [1, 2, 3] as const;

export function priorityClass(priority: number): string {
  return priority <= 1 ? "p1" : priority === 2 ? "p2" : "p3";
}

export function priorityWord(priority: number): string {
  return priority <= 1 ? t("priority.1") : priority === 2 ? t("priority.2") : t("priority.3");
}

export function PriorityMark({ priority }: { priority: number }) {
  const Icon = priority <= 1 ? IconHigh : priority === 2 ? IconMedium : IconLow;
  return (
    <span class={`mark ${priorityClass(priority)}`}>
      <Icon />
      {priorityWord(priority)}
    </span>
  );
}

export function AgencyIcon({ agency }: { agency: Agency }) {
  const tone = toneOf(agency);
  return tone === "serenazgo" ? <IconSerenazgo /> : tone === "pnp" ? <IconPnp /> : <IconAgency />;
}

export function AgencyMark({ agency, large = false }: { agency: Agency; large?: boolean }) {
  const tone = toneOf(agency);
  return (
    <span class={`mark agency-${tone} ${large ? "is-large" : ""}`}>
      <AgencyIcon agency={agency} />
      {agencyName(agency)}
    </span>
  );
}

const STEP_ICONS: Record<DispatchState, (p: { class?: string }) => JSX.Element> = {
  sent: IconSent, received: IconReceived, en_route: IconEnRoute, on_scene: IconOnScene, closed: IconDone,
};

export function StepIcon({ state }: { state: DispatchState }) {
  const Icon = STEP_ICONS[state];
  return <Icon />;
}

export function StepMark({ state }: { state: DispatchState }) {
  return (
    <span class={`mark step-${state}`}>
      <StepIcon state={state} />
      {t(`dispatch.${state}`)}
    </span>
  );
}

export function StreamMark({ state }: { state: StreamState }) {
  const Icon = state === "online" ? IconOnline : state === "offline" ? IconNoSignal : IconWait;
  return (
    <span class={`mark stream-${state}`}>
      <Icon />
      {t(`stream.${state}`)}
    </span>
  );
}

export function AlertStateMark({ state }: { state: AlertState }) {
  const Icon = state === "new" ? IconWait : state === "taken" ? IconHand : IconDone;
  return (
    <span class={`mark alert-${state}`}>
      <Icon />
      {t(`alert.${state}`)}
    </span>
  );
}

export function CameraNumber({ number }: { number: number }) {
  return <span class="camera-number num">{number}</span>;
}

export function Kbd({ children }: { children: ComponentChildren }) {
  return <kbd>{children}</kbd>;
}
