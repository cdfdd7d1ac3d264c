/** The token of this tab: gone with it, and never in an address or a cookie. */

const KEY = "carenotes:token";

export function storedToken(): string | null {
  return sessionStorage.getItem(KEY);
}

export function keepToken(token: string | null): void {
  if (token === null) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, token);
}
