/** A unit: what it says of itself, what it is sent to, and what is said of it. */
import { useState } from "preact/hooks";
import * as api from "../api/endpoints";
import type { Dispatch, Unit, UnitState } from "../api/types";
import { t } from "../locale";
import { nowMs, putDispatch, putUnit } from "../state/store";
import { Dialog } from "./Dialog";
import { Kbd } from "./marks";
import { useAction } from "./notices";

/** How long it has been in its state, and whether that is too long. */
export function unitTime(unit: Unit): { in_ms: number; late: boolean } {
  const in_ms = nowMs.value - unit.since_wall_ms;
  return { in_ms, late: unit.limit_s !== null && in_ms > unit.limit_s * 1000 };
}

export function UnitDialog({ unit, chosen, onEdit, onClose }: { unit: Unit; chosen: Dispatch | null; onEdit: () => void; onClose: () => void }) {
  const [note, setNote] = useState("");
  const { busy, run } = useAction();
  const set = (to: UnitState): void => void run(async () => { putUnit(await api.setUnitState(unit.unit_id, to, note.trim())); onClose(); });
  const retire = (): void => void run(async () => { putUnit(await api.retireUnit(unit.unit_id)); onClose(); });
  const send = (dispatch: Dispatch): void => void run(async () => { putDispatch(await api.assignUnit(dispatch.dispatch_id, unit.unit_id)); onClose(); });
  return (
    <Dialog title={t("units.named", { name: unit.call_sign })} onClose={onClose}>
      <div class="form">
        <p>{[t(`unit.kind.${unit.kind}`), unit.plate, unit.crew, unit.sector].filter(Boolean).join(" · ")}</p>
        <label class="field">{t("form.note")}<input maxLength={400} value={note} onInput={(e) => setNote(e.currentTarget.value)} /></label>
        {unit.free && chosen && chosen.state !== "closed" && (
          <button type="button" class="button is-primary" autofocus disabled={busy} onClick={() => send(chosen)}>{t("units.send", { number: chosen.incident_number })}</button>
        )}
        <div class="actions is-grid">
          {unit.may.map((to) => <button key={to} type="button" class="button" disabled={busy || (to === "manual" && !note.trim())} onClick={() => set(to)}>{t(`unit.${to}`)}</button>)}
        </div>
        <div class="row">
          <button type="button" class="button is-small" onClick={onEdit}>{t("units.edit")}</button>
          <button type="button" class="button is-small" disabled={busy || unit.dispatch_id !== null} onClick={retire}>{t("units.retire")}</button>
          <button type="button" class="button is-small" onClick={onClose}>{t("close")}<Kbd>Esc</Kbd></button>
        </div>
      </div>
    </Dialog>
  );
}

export function UnitForm({ agency, unit, onClose }: { agency: string; unit: Unit | undefined; onClose: () => void }) {
  const [words, setWords] = useState({
    call_sign: unit?.call_sign ?? "", kind: unit?.kind ?? ("vehicle" as Unit["kind"]), plate: unit?.plate ?? "", crew: unit?.crew ?? "", sector: unit?.sector ?? "",
  });
  const { busy, run } = useAction();
  const submit = (event: Event): void => {
    event.preventDefault();
    const said = [words.call_sign.trim(), words.kind, words.plate.trim(), words.crew.trim(), words.sector.trim()] as const;
    void run(async () => {
      putUnit(await (unit ? api.changeUnit(unit.unit_id, ...said) : api.createUnit(agency, ...said)));
      onClose();
    });
  };
  const kinds: readonly Unit["kind"][] = ["vehicle", "motorcycle", "on_foot", "bicycle", "ambulance", "fire_engine"];
  return (
    <Dialog title={unit ? t("units.named", { name: unit.call_sign }) : t("units.new")} onClose={onClose}>
      <form class="form" onSubmit={submit}>
        <label class="field">{t("units.call_sign")}<input required autofocus maxLength={20} value={words.call_sign} onInput={(e) => setWords({ ...words, call_sign: e.currentTarget.value })} /></label>
        <label class="field">{t("units.kind")}
          <select value={words.kind} onChange={(e) => setWords({ ...words, kind: e.currentTarget.value as Unit["kind"] })}>{kinds.map((kind) => <option key={kind} value={kind}>{t(`unit.kind.${kind}`)}</option>)}</select></label>
        <label class="field">{t("units.plate")}<input maxLength={10} value={words.plate} onInput={(e) => setWords({ ...words, plate: e.currentTarget.value })} /></label>
        <label class="field">{t("units.crew")}<input maxLength={200} value={words.crew} onInput={(e) => setWords({ ...words, crew: e.currentTarget.value })} /></label>
        <label class="field">{t("units.sector")}<input maxLength={60} value={words.sector} onInput={(e) => setWords({ ...words, sector: e.currentTarget.value })} /></label>
        <div class="row"><button type="submit" class="button is-primary" disabled={busy || !words.call_sign.trim()}>{t("save")}</button>
          <button type="button" class="button" onClick={onClose}>{t("cancel")}</button></div>
      </form>
    </Dialog>
  );
}
