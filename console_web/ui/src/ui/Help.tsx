import { locale, changeLocale, t } from "../locale";
import { keyName, SHORTCUTS, type Scope } from "../state/shortcuts";
import { Dialog } from "./Dialog";
import { Kbd } from "./marks";

export function Help({ scope, onClose }: { scope: Scope; onClose: () => void }) {
  const shown = SHORTCUTS.filter((s) => s.scope === scope || s.scope === "global");
  return (
    <Dialog title={t("help.title")} onClose={onClose} wide>
      <dl class="help-keys">
        {shown.map((s) => (
          <div key={`${s.scope}${s.command}`}>
            <dt><Kbd>{keyName(s)}</Kbd></dt>
            <dd>{t(s.label)}</dd>
          </div>
        ))}
        {scope === "operador" && <div><dt><Kbd>0–9</Kbd> <Kbd>Enter</Kbd></dt><dd>{t("key.number")}</dd></div>}
      </dl>
      {scope === "operador" && (
        <>
          <h3>{t("help.ptz")}</h3>
          <dl class="help-keys">
            {SHORTCUTS.filter((s) => s.scope === "mover").map((s) => <div key={s.command}><dt><Kbd>{keyName(s)}</Kbd></dt><dd>{t(s.label)}</dd></div>)}
            <div><dt><Kbd>1–9</Kbd></dt><dd>{t("key.ptz.preset")}</dd></div>
            <div><dt><Kbd>Esc</Kbd></dt><dd>{t("key.ptz.close")}</dd></div>
          </dl>
        </>
      )}
      <div class="row">
        <button type="button" class="button is-primary" autofocus onClick={onClose}>{t("close")}</button>
        <button type="button" class="button" onClick={() => changeLocale(locale === "en" ? "es-PE" : "en")}>{t("language.other")}</button>
      </div>
    </Dialog>
  );
}
