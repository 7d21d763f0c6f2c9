/** The configuration: what is in force, what the file on disk says, its faults, and the way back. */
import { useEffect, useState } from "preact/hooks";
import * as api from "../../api/endpoints";
import type { ConfigDiff, ConfigPreview, Configuration } from "../../api/types";
import { t } from "../../locale";
import { dateClock } from "../../time";
import { useAction } from "../../ui/notices";

const LOOK_MS = 2000;

/** A line for each thing that differs; signs beside words, never colour alone. */
function diffLines(diff: ConfigDiff): string[] {
  const was = (text: string): string => text || t("config.nothing");
  return [
    ...diff.added.map((c) => `+ ${t("config.added")}: ${c.camera_id} · ${c.name}`),
    ...diff.removed.map((c) => `− ${t("config.removed")}: ${c.camera_id} · ${c.name}`),
    ...diff.changed.flatMap((c) => [
      `~ ${t("config.changed")}: ${c.camera_id} · ${c.name} (${c.reconnects.length ? t("config.reconnects") : t("config.keeps")})`,
      ...c.fields.map((f) => `     ${f.field}: ${was(f.before)} → ${was(f.after)}`),
    ]),
    ...diff.settings.map((f) => `~ ${f.field}: ${was(f.before)} → ${was(f.after)}`),
    ...diff.restart.map((f) => `! ${f.field}: ${was(f.before)} → ${was(f.after)} (${t("config.at_restart")})`),
  ];
}

function Diff({ diff }: { diff: ConfigDiff }) {
  const lines = diffLines(diff);
  return <pre class="config-diff">{lines.length ? lines.join("\n") : t("config.same")}</pre>;
}

export function ConfigurationPanel() {
  const [now, setNow] = useState<Configuration | null>(null);
  const [looked, setLooked] = useState<{ version: number | null; preview: ConfigPreview } | null>(null);
  const [strict, setStrict] = useState(false);
  const [probes, setProbes] = useState<readonly string[]>([]);
  const { busy, run } = useAction();
  const load = async (): Promise<void> => setNow(await api.configuration());
  useEffect(() => {
    void run(load);
    const timer = setInterval(() => void load().catch(() => undefined), LOOK_MS);
    return () => clearInterval(timer);
  }, []);
  if (!now) return <section class="panel" aria-busy="true" />;

  const look = (version: number | null): void => {
    void run(async () => setLooked({ version, preview: await api.previewConfiguration(version) }));
  };
  const apply = (version: number | null): void => {
    void run(async () => {
      const done = await api.applyConfiguration(version, now.version.version, strict);
      setProbes(done.probes);
      setLooked(null);
      await load();
    });
  };
  const waiting = now.busy || busy;
  return (
    <section class="panel table-panel" aria-label={t("admin.configuration")}>
      <h2 class="panel-title">
        {t("config.in_force", { version: now.version.version })}
        <button type="button" class="button is-small" disabled={busy} onClick={() => void run(load)}>{t("reload")}</button>
      </h2>
      <div class="table-scroll config-body">
        <p>{dateClock(now.version.wall_ms)} · {t(`config.how.${now.version.how}`)} · {now.version.by || "—"}</p>
        <p role="status" class={now.faults.length ? "notice-text is-bad" : "notice-text"}>
          {t(`config.file.${now.file}`)} <span class="cell-id">{now.path}</span>
        </p>
        {now.refused && <p class="notice-text is-bad">{now.refused}</p>}
        {now.faults.length > 0 && (
          <table aria-label={t("config.faults")}>
            <thead><tr><th>{t("config.place")}</th><th>{t("config.field")}</th><th>{t("config.fault")}</th><th>{t("config.remedy")}</th></tr></thead>
            <tbody>
              {now.faults.map((f) => (
                <tr key={`${f.file}:${f.line}:${f.column}:${f.field}`}>
                  <td class="num">{f.line}:{f.column}</td><td class="cell-id">{f.field}</td><td>{f.message}</td><td>{f.remedy}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        {now.restart.length > 0 && <Diff diff={{ added: [], removed: [], changed: [], settings: [], restart: now.restart }} />}
        {(now.file === "pending" || now.file === "set_aside") && <Diff diff={now.pending} />}
        <p class="config-actions">
          <button type="button" class="button" disabled={waiting} onClick={() => look(null)}>{t("config.compare")}</button>
          <button type="button" class="button is-primary" disabled={waiting || now.file === "in_force" || now.file === "faulty"} onClick={() => apply(null)}>{t("config.apply")}</button>
          <label class="check"><input type="checkbox" checked={strict} onChange={(event) => setStrict(event.currentTarget.checked)} /> {t("config.require_probe")}</label>
        </p>
        {probes.length > 0 && <pre class="config-diff" aria-label={t("config.probes")}>{probes.join("\n")}</pre>}
        {looked && (
          <div class="config-looked" role="region" aria-label={t("config.would_change")}>
            <h3>{looked.version === null ? t("config.of_file") : t("config.of_version", { version: looked.version })}</h3>
            {looked.preview.faults.length > 0 ? <p class="notice-text is-bad">{looked.preview.faults[0]?.message}</p> : <Diff diff={looked.preview.diff} />}
            {looked.version !== null && looked.preview.faults.length === 0 && (
              <button type="button" class="button is-primary" disabled={waiting} onClick={() => apply(looked.version)}>{t("config.go_back", { version: looked.version })}</button>
            )}
          </div>
        )}
        <table aria-label={t("config.history")}>
          <thead><tr><th>{t("config.version")}</th><th>{t("audit.when")}</th><th>{t("config.by_way")}</th><th>{t("audit.who")}</th><th>{t("config.changes")}</th><th /></tr></thead>
          <tbody>
            {now.versions.map((v) => (
              <tr key={v.version}>
                <td class="num">{v.version}</td><td class="num">{dateClock(v.wall_ms)}</td>
                <td>{t(`config.how.${v.how}`)}{v.origin ? ` (${v.origin})` : ""}</td><td>{v.by}</td>
                <td class="cell-detail">{[v.summary, ...v.warnings].join(" · ")}</td>
                <td>{v.version !== now.version.version && <button type="button" class="button is-small" disabled={waiting} onClick={() => look(v.version)}>{t("config.look")}</button>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
