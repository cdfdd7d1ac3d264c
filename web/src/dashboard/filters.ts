import { useMemo, useSyncExternalStore } from "react";

/** What the page shows, kept in its address: a link or the back button shows the same. */
export interface Filters {
  /** A facility's id, or null for all of the tenant. */
  facility: string | null;
  /** How many days up to today. */
  days: number;
}

export const RANGES = [7, 30, 90] as const;
const DEFAULT_RANGE = 30;

function read(search: string): Filters {
  const given = new URLSearchParams(search);
  const days = Number(given.get("days"));
  return { facility: given.get("facility"), days: RANGES.find((each) => each === days) ?? DEFAULT_RANGE };
}

export function setFilters(change: Partial<Filters>): void {
  const { facility, days } = { ...read(location.search), ...change };
  const given = new URLSearchParams();
  if (facility !== null) given.set("facility", facility);
  if (days !== DEFAULT_RANGE) given.set("days", String(days));
  history.pushState(null, "", given.size ? `?${given}` : location.pathname);
  dispatchEvent(new PopStateEvent("popstate"));
}

function subscribe(changed: () => void): () => void {
  addEventListener("popstate", changed);
  return () => removeEventListener("popstate", changed);
}

export function useFilters(): Filters {
  const search = useSyncExternalStore(subscribe, () => location.search);
  return useMemo(() => read(search), [search]);
}
