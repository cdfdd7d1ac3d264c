/** What GraphiQL keeps in local storage between visits: its tabs, a copy of the active one, and what was run. */

const COPIED = ["query", "variables", "headers"] as const;

/** A tab, or an operation that was run. */
type Operation = { [key in (typeof COPIED)[number]]?: string | null };

// Where operations are kept, headers and all: a storage key, and the name of the list in the object below it.
const LISTS = [
  ["graphiql:tabState", "tabs"],
  ["graphiql:queries", "queries"],
  ["graphiql:favorites", "favorites"],
] as const;

/** Send this token from now on, from every tab and in place of any older one; other headers stay. */
export function storeToken(token: string): void {
  for (const [key, name] of LISTS) {
    const stored = readObject(localStorage.getItem(key));
    for (const operation of listIn(stored, name)) operation.headers = withToken(operation.headers, token);
    if (name in stored) localStorage.setItem(key, JSON.stringify(stored));
  }
  localStorage.setItem("graphiql:headers", withToken(localStorage.getItem("graphiql:headers"), token));
}

/**
 * Make the copy equal to the active tab.
 *
 * GraphiQL finds the active tab by comparing, and opens an empty one when none matches; which happens after a visit
 * that edited nothing, as the copy is written by edits only.
 */
export function restoreActiveTab(): void {
  const stored = readObject(localStorage.getItem("graphiql:tabState"));
  const active = listIn(stored, "tabs")[Number(stored["activeTabIndex"])];
  if (!active) return;
  for (const key of COPIED) localStorage.setItem(`graphiql:${key}`, active[key] ?? "");
}

function withToken(headers: string | null | undefined, token: string): string {
  const others = Object.entries(readObject(headers)).filter(([name]) => name.toLowerCase() !== "authorization");
  return JSON.stringify({ Authorization: `Bearer ${token}`, ...Object.fromEntries(others) }, null, 2);
}

function listIn(stored: Record<string, unknown>, name: string): Operation[] {
  const list = stored[name];
  return Array.isArray(list) ? list.filter((item) => typeof item === "object" && item !== null) : [];
}

/** Anyone may have edited what is stored; what is not an object counts as empty. */
function readObject(text: string | null | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? "");
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
