import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import * as api from "../api/endpoints";
import type { OccurrenceType } from "../api/types";
import { sayError } from "./notices";

const types = signal<readonly OccurrenceType[]>([]);

/** The catalogue of ocurrencias, loaded once for the page. */
export function useOccurrences(): readonly OccurrenceType[] {
  useEffect(() => {
    if (types.value.length > 0) return;
    api.occurrences().then((list) => { types.value = list; }, sayError);
  }, []);
  return types.value;
}
