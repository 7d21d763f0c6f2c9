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

/** Which of what was found Enter would choose. */
function firstOf(query: string): number {
  return query.trim() === "" ? -1 : 0;
}

export function TypePicker({ types, value, onChange, autofocus = false }: Props) {
  const id = useId();
  const chosen = types.find((type) => type.code === value);
  const [query, setQuery] = useState<string | null>(null);
  /** Of what was found; -1: none, since nothing was typed that would say which. */
  const [at, setAt] = useState(-1);
  const list = useRef<HTMLUListElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const found = query === null ? [] : findTypes(types, query);
  useLayoutEffect(() => {
    if (autofocus) input.current?.focus();
  }, []);
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [at, query]);
  const open = (): void => {
    setQuery("");
    setAt(firstOf(""));
  };
  const choose = (type: OccurrenceType | undefined): void => {
    if (!type) return;
    onChange(type);
    setQuery(null);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (query === null) open();
      else setAt((i) => Math.min(found.length - 1, Math.max(0, i + (event.key === "ArrowDown" ? 1 : -1))));
    } else if (event.key === "Enter" && (query !== null || !chosen)) {
      // Neither is the first of all types chosen by an Enter too many, nor is a form sent that has none.
      event.preventDefault();
      if (query === null) open();
      else choose(found[at]);
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
        onFocus={() => { if (!chosen) open(); }} onBlur={() => setQuery(null)} onKeyDown={onKeyDown}
        onInput={(e) => { setQuery(e.currentTarget.value); setAt(firstOf(e.currentTarget.value)); }} />
      {query !== null && (
        <ul id={id} ref={list} class="picker-list" role="listbox">
          {at < 0 && found.length > 0 && <li class="picker-none">{t("form.type.choose")}</li>}
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
