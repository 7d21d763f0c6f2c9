/** Search-as-you-type over the catalogue of ocurrencias, grouped; arrows and Enter choose. */
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { OccurrenceType } from "../api/types";
import { t } from "../locale";
import { findTypes } from "../state/search";
import { PriorityMark } from "./marks";

interface Props {
  types: readonly OccurrenceType[];
  value: string;
  onChange: (type: OccurrenceType) => void;
  autofocus?: boolean;
}

export function TypePicker({ types, value, onChange, autofocus = false }: Props) {
  const id = useId();
  const chosen = types.find((type) => type.code === value);
  const [query, setQuery] = useState<string | null>(null);
  const [at, setAt] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const found = query === null ? [] : findTypes(types, query);
  useLayoutEffect(() => {
    if (autofocus) input.current?.focus();
  }, []);
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [at, query]);
  const choose = (type: OccurrenceType | undefined): void => {
    if (!type) return;
    onChange(type);
    setQuery(null);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (query === null) setQuery("");
      else setAt((i) => Math.min(found.length - 1, Math.max(0, i + (event.key === "ArrowDown" ? 1 : -1))));
    } else if (event.key === "Enter" && query !== null) {
      event.preventDefault();
      choose(found[at]);
    } else if (event.key === "Escape" && query !== null) {
      event.preventDefault();
      event.stopPropagation();
      setQuery(null);
    }
  };
  return (
    <div class="picker">
      <input ref={input} role="combobox" aria-expanded={query !== null} aria-controls={id} aria-autocomplete="list" autocomplete="off"
        aria-label={t("form.type")} placeholder={t("form.type.search")} value={query ?? chosen?.name ?? ""}
        onFocus={() => { if (!chosen) setQuery(""); }} onBlur={() => setQuery(null)} onKeyDown={onKeyDown}
        onInput={(e) => { setQuery(e.currentTarget.value); setAt(0); }} />
      {query !== null && (
        <ul id={id} ref={list} class="picker-list" role="listbox">
          {found.length === 0 && <li class="picker-none">{t("form.type.none")}</li>}
          {found.map((type, i) => (
            <li key={type.code} role="option" aria-selected={i === at} onMouseDown={(e) => { e.preventDefault(); choose(type); }}>
              {found[i - 1]?.group !== type.group && <span class="picker-group">{type.group}</span>}
              <span class="picker-item"><span>{type.name}</span><PriorityMark priority={type.priority} /></span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
