import { t } from "../locale";
import { PRIORITIES, PriorityMark } from "./marks";

export function PriorityChoice({ value, onChange }: { value: number; onChange: (priority: number) => void }) {
  return (
    <div class="choices" role="radiogroup" aria-label={t("form.priority")}>
      {PRIORITIES.map((p) => (
        <label key={p} class={p === value ? "choice is-on" : "choice"}>
          <input type="radio" name="priority" checked={p === value} onChange={() => onChange(p)} />
          <PriorityMark priority={p} />
        </label>
      ))}
    </div>
  );
}
