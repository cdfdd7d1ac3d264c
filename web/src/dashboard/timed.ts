/** Work that waits for more of its kind, so that a busy day costs the page no more than a lively one. */
import { useCallback, useEffect, useRef, useState } from "react";

/** Runs the work once, that many milliseconds after the first of several calls. */
export function useTimed(milliseconds: number, work: () => void): () => void {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const latest = useRef(work);
  useEffect(() => {
    latest.current = work;
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  return useCallback(() => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      latest.current();
    }, milliseconds);
  }, [milliseconds]);
}

/** A number that goes up some time after it was touched. */
export function useChanges(every: number): [number, () => void] {
  const [changes, setChanges] = useState(0);
  const touch = useTimed(every, () => setChanges((before) => before + 1));
  return [changes, touch];
}

/** The value as it is, or as it was less than that many milliseconds ago: it changes no more often than that. */
export function useSlowed<Value>(value: Value, every: number): Value {
  const [shown, show] = useState(value);
  const changedAt = useRef(-Infinity);
  useEffect(() => {
    const change = () => {
      changedAt.current = performance.now();
      show(value);
    };
    const timer = setTimeout(change, changedAt.current + every - performance.now());
    return () => clearTimeout(timer);
  }, [value, every]);
  return shown;
}
