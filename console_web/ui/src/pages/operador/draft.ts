/** What is typed into a dispatch survives a reload. The idempotency key is part of it: a second try is the same dispatch. */
import type { Agency } from "../../api/types";

export interface Draft {
  type_code: string;
  priority: number;
  note: string;
  key: string;
}

const name = (targetId: string, agency: Agency): string => `draft:${targetId}:${agency}`;

/** `crypto.randomUUID` exists only on https and loopback; a control room's LAN may be plain http. */
export function newKey(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function emptyDraft(priority: number): Draft {
  return { type_code: "", priority, note: "", key: newKey() };
}

export function loadDraft(targetId: string, agency: Agency): Draft | null {
  const text = sessionStorage.getItem(name(targetId, agency));
  return text ? (JSON.parse(text) as Draft) : null;
}

export function saveDraft(targetId: string, agency: Agency, draft: Draft): void {
  sessionStorage.setItem(name(targetId, agency), JSON.stringify(draft));
}

export function removeDraft(targetId: string, agency: Agency): void {
  sessionStorage.removeItem(name(targetId, agency));
}
