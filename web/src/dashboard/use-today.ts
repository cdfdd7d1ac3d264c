import { useEffect, useState } from "react";

import { DailyFiguresDocument, TodayDocument, type FiguresFragment } from "../generated/graphql";
import { useAnswer } from "./api";
import { today } from "./dates";
import { useFollowing } from "./live";

const MAX_EVERY = 0.5;

/** The day that it is in that zone; another after midnight. */
export function useDay(timeZone: string): string {
  const [day, setDay] = useState(() => today(timeZone));
  useEffect(() => {
    const look = () => setDay(today(timeZone));
    look();
    const timer = setInterval(look, 15_000);
    return () => clearInterval(timer);
  }, [timeZone]);
  return day;
}

/** The figures of a day as they are, and again when they have changed. */
export function useFigures(date: string, facilityIds: string[] | null): FiguresFragment | null {
  const asked = useAnswer(TodayDocument, { date, facilityIds });
  const key = JSON.stringify([date, facilityIds]);
  const [told, setTold] = useState<{ key: string; figures: FiguresFragment } | null>(null);
  useFollowing(DailyFiguresDocument, key, {
    variables: () => ({ date, facilityIds, maxEvery: MAX_EVERY }),
    next: ({ dailyStats }) => setTold({ key, figures: dailyStats }),
  });
  return told?.key === key ? told.figures : (asked.data?.dailyStats ?? null);
}
