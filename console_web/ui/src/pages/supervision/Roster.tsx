/** Who is to work in the shifts of a day. */
import { useEffect, useState } from "preact/hooks";
import * as api from "../../api/endpoints";
import { serverNowMs } from "../../api/client";
import type { RosterDay, RosterEntry } from "../../api/types";
import { t } from "../../locale";
import { date, isoDate, isoOfWritten } from "../../time";
import { say, sayError, useAction } from "../../ui/notices";

const DAY_MS = 86_400_000;

function Shift({ name, shown, now, saved, people, onSave }: {
  name: string; shown: string; now: boolean; saved: RosterEntry[]; people: Record<string, string>; onSave: (entries: RosterEntry[]) => void;
}) {
  const [entries, setEntries] = useState(saved);
  useEffect(() => setEntries(saved), [saved]);
  const set = (userId: string, change: Partial<RosterEntry>): void => setEntries(entries.map((e) => (e.user_id === userId ? { ...e, ...change } : e)));
  const missing = Object.entries(people).filter(([id]) => !entries.some((e) => e.user_id === id));
  const changed = JSON.stringify(entries) !== JSON.stringify(saved);
  return (
    <section class="panel table-panel" aria-label={shown}>
      <h2 class="panel-title">{shown}{now && <span class="badge is-hot">{t("roster.now")}</span>}
        <button type="button" class="button is-small is-primary" disabled={!changed} onClick={() => onSave(entries)}>{t("save")}</button>
      </h2>
      <div class="table-scroll">
        <table>
          <thead><tr><th>{t("room.who")}</th><th>{t("roster.post")}</th><th>{t("room.level")}</th><th>{t("roster.chief")}</th><th /></tr></thead>
          <tbody>
            {entries.map((e) => (
              <tr key={e.user_id}>
                <td>{people[e.user_id] ?? e.user_id}</td>
                <td><input aria-label={t("roster.post")} maxLength={60} value={e.post} onInput={(event) => set(e.user_id, { post: event.currentTarget.value })} /></td>
                <td><select aria-label={t("room.level")} value={e.level} onChange={(event) => set(e.user_id, { level: Number(event.currentTarget.value) })}>
                  {([1, 2, 3] as const).map((level) => <option key={level} value={level}>{t(`level.${level}`)}</option>)}</select></td>
                <td><input type="checkbox" aria-label={t("room.chief")} checked={e.chief} onChange={(event) => set(e.user_id, { chief: event.currentTarget.checked })} /></td>
                <td><button type="button" class="button is-small" onClick={() => setEntries(entries.filter((other) => other !== e))}>{t("roster.remove")}</button></td>
              </tr>
            ))}
          </tbody>
        </table>
        <select class="roster-add" aria-label={t("roster.add")} value="" onChange={(event) => {
          const id = event.currentTarget.value;
          if (id) setEntries([...entries, { user_id: id, post: "", level: 2, chief: false }]);
        }}>
          <option value="">{t("roster.add")}</option>
          {missing.map(([id, person]) => <option key={`${name} ${id}`} value={id}>{person}</option>)}
        </select>
      </div>
    </section>
  );
}

export function Roster() {
  const [written, setWritten] = useState(date(serverNowMs()));
  const [day, setDay] = useState(isoDate(serverNowMs()));
  const [found, setFound] = useState<RosterDay | null>(null);
  const { run } = useAction();
  useEffect(() => {
    api.roster(day).then(setFound, sayError);
  }, [day]);
  const go = (text: string): void => {
    setWritten(text);
    const iso = isoOfWritten(text);
    if (iso) setDay(iso);
  };
  const step = (days: number): void => go(date(Date.parse(`${day}T12:00:00Z`) + days * DAY_MS));
  return (
    <div class="roster">
      <div class="row">
        <button type="button" class="button is-small" onClick={() => step(-1)}>◀</button>
        <label class="row">{t("roster.day")}<input class="num" value={written} aria-invalid={isoOfWritten(written) === null} onInput={(e) => go(e.currentTarget.value)} /></label>
        <button type="button" class="button is-small" onClick={() => step(1)}>▶</button>
        <span class="hint">{t("roster.hint")}</span>
      </div>
      <div class="roster-shifts">
        {found?.rosters.map(({ shift, entries }) => (
          <Shift key={shift.key} name={shift.key} shown={shift.name} now={shift.key === found.now.key} people={found.people}
            saved={entries.map((e) => ({ user_id: e.user_id, post: e.post, level: e.level, chief: e.chief }))}
            onSave={(next) => void run(async () => { setFound(await api.setRoster(shift.day, shift.name, next)); say(t("roster.saved", { shift: shift.name })); })} />
        ))}
      </div>
    </div>
  );
}
