import { useEffect, useRef } from "react";

/** Ask anew whenever the number has gone up. */
export function useAskWhen(changes: number, ask: () => void): void {
  const seen = useRef(changes);
  useEffect(() => {
    if (changes === seen.current) return;
    seen.current = changes;
    ask();
  }, [changes, ask]);
}
