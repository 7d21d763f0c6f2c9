/** Which pages a role has; the server decides on every request again, this only spares dead ends. Pure. */
import type { Role } from "../api/types";

export type Page = "operador" | "despacho" | "investigacion" | "supervision" | "admin";

const PAGES: Record<Role, readonly Page[]> = {
  operator: ["operador", "investigacion"],
  supervisor: ["supervision", "operador", "investigacion"],
  dispatcher: ["despacho"],
  investigator: ["investigacion"],
  admin: ["admin"],
};

export function pagesOf(role: Role): readonly Page[] {
  return PAGES[role] ?? [];
}

/** Where a role starts. */
export function homeOf(role: Role): string {
  const first = pagesOf(role)[0];
  return first ? `/${first}` : "/login";
}

/** A path to go back to after log-in: only one of our own pages, whatever the address bar says. */
export function safeNext(next: string | null, role: Role): string {
  const page = pagesOf(role).find((p) => `/${p}` === next);
  return page ? `/${page}` : homeOf(role);
}

/** Whether a role works at the desk: takes alerts, opens incidents. */
export function mayWork(role: Role | undefined): boolean {
  return role === "operator" || role === "supervisor";
}

/** Whether a role keeps recordings as evidence; the server decides again. */
export function mayPlaceHold(role: Role | undefined): boolean {
  return role === "supervisor" || role === "investigator";
}

/** Whether a role decides on a release that somebody else asked for: not who makes the accounts. */
export function mayDecideRelease(role: Role | undefined): boolean {
  return role === "supervisor";
}
