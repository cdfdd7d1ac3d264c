/** A token arrives in the address's fragment, which browsers never send to a server. */

// The alphabet of a bearer token: https://www.rfc-editor.org/rfc/rfc6750#section-2.1
const BEARER_TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;

export function isToken(text: string): boolean {
  return BEARER_TOKEN.test(text);
}

function tokenIn(fragment: string): string | null {
  // URLSearchParams reads "+" as a space, but a token may contain it.
  return new URLSearchParams(fragment.slice(1).replaceAll("+", "%2B")).get("token");
}

/** Take the token out of the address bar, and so out of bookmarks, history and screenshots. */
export function takeToken(): string | null {
  const token = tokenIn(location.hash);
  if (token === null) return null;
  history.replaceState(history.state, "", location.pathname + location.search);
  return isToken(token) ? token : null;
}

/** Start over with this token. The way is the same as for a link, so that there is only one. */
export function reloadWith(token: string): void {
  history.replaceState(history.state, "", `#token=${encodeURIComponent(token)}`);
  location.reload();
}

/** A link opened in a tab which already shows this page changes the fragment without loading it. */
export function reloadOnNewToken(): void {
  addEventListener("hashchange", () => {
    if (tokenIn(location.hash) !== null) location.reload();
  });
}
