import { useSyncExternalStore } from "react";

import type { NoteCategory } from "../generated/graphql";

/** In the order in which they are stacked, the calm ones at the bottom. */
export const CATEGORIES: readonly NoteCategory[] = [
  "VITALS",
  "PROGRESS",
  "MEDICATION",
  "ASSESSMENT",
  "NUTRITION",
  "MOBILITY",
  "WOUND_CARE",
  "BEHAVIOUR",
  "HANDOVER",
  "INCIDENT",
];

const dark = matchMedia("(prefers-color-scheme: dark)");

function subscribe(changed: () => void): () => void {
  dark.addEventListener("change", changed);
  return () => dark.removeEventListener("change", changed);
}

/** Colours of the style sheet, for a canvas, which cannot read them itself. Others when the system turns dark. */
export function usePalette() {
  const isDark = useSyncExternalStore(subscribe, () => dark.matches);
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  return {
    isDark,
    text: colour("--quiet"),
    line: colour("--line"),
    categories: CATEGORIES.map((_, index) => colour(`--category-${index}`)),
  };
}
