import type { Client, OperationResult } from "@urql/core";
import { memo, useEffect, useMemo, useState } from "react";

import { HoursDocument, type HoursQuery, type HoursQueryVariables } from "../generated/graphql";
import { problemOf, useApi } from "./api";
import { addDays, clock } from "./dates";
import { Panel } from "./panel";
import type { Span } from "./span";
import { number, plural } from "./words";

const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
/** Four weeks: each weekday as often as any other, and no more hours than a page or two. */
const LONGEST = 28;
const LEVELS = 7;

interface HoursProps extends Span {
  facilityIds: string[] | null;
  timeZone: string;
  changes: number;
}

/** When notes happen: by hour and weekday, on one clock. */
export const Hours = memo(function Hours({ from, through, facilityIds, timeZone, changes }: HoursProps) {
  const first = from < addDays(through, 1 - LONGEST) ? addDays(through, 1 - LONGEST) : from;
  const api = useApi();
  const [counts, setCounts] = useState<number[][] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const filter = JSON.stringify(facilityIds);

  useEffect(() => {
    let current = true;
    const facilities = JSON.parse(filter) as string[] | null;
    read(api, { from: first, through, timeZone, filter: { facilityIds: facilities } }).then(
      (read) => {
        if (!current) return;
        setCounts(read);
        setProblem(null);
      },
      (error: Error) => current && setProblem(error.message),
    );
    return () => {
      current = false;
    };
  }, [api, first, through, timeZone, filter, changes]);

  const level = useMemo(() => levels(counts ?? []), [counts]);
  return (
    <Panel
      title="By hour and weekday"
      className="hours"
      problem={problem}
      aside={
        <p className="reading">
          {timeZone.replaceAll("_", " ")}, last {plural(daysIn(first, through), "day")}
        </p>
      }
    >
      <div className="scrolled" tabIndex={0} role="region" aria-label="Notes by hour and weekday, as a table">
        <table className="heat-map">
          <thead>
            <tr>
              <td />
              {HOURS.map((hour) => (
                <th key={hour} scope="col">
                  <span className={hour % 6 === 0 ? "" : "unseen"}>{String(hour).padStart(2, "0")}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {WEEKDAYS.map((name, weekday) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {HOURS.map((hour) => {
                  const count = counts?.[weekday]?.[hour] ?? 0;
                  return (
                    <td key={hour} className={`heat-${level(count)}`} title={`${name} ${hour}:00: ${number(count)}`}>
                      <span className="unseen">{count}</span>
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
});

/** Notes by weekday, then by hour. Rejects with what to tell a person. */
async function read(api: Client, variables: HoursQueryVariables): Promise<number[][]> {
  const counts = WEEKDAYS.map(() => HOURS.map(() => 0));
  const reading = clock(variables.timeZone);
  let after: string | null = null;
  do {
    const answer: OperationResult<HoursQuery> = await api.query(HoursDocument, { ...variables, after }).toPromise();
    const { data, error } = answer;
    if (error || !data?.noteStats) throw new Error(error ? problemOf(error) : "There are no figures for you.");
    for (const { node } of data.noteStats.edges) {
      const { weekday, hour } = reading(Date.parse(node.hour!));
      counts[weekday]![hour]! += node.notes;
    }
    const { hasNextPage, endCursor } = data.noteStats.pageInfo;
    after = hasNextPage ? endCursor : null;
  } while (after !== null);
  return counts;
}

/** 0 for none; then steps of even size from the least to the most, so that a day's rhythm shows. */
function levels(counts: number[][]): (count: number) => number {
  const some = counts.flat().filter((count) => count > 0);
  const least = Math.min(...some);
  const step = (Math.max(...some) - least + 1) / LEVELS;
  return (count) => (count === 0 ? 0 : 1 + Math.floor((count - least) / step));
}

function daysIn(from: string, through: string): number {
  return (Date.parse(through) - Date.parse(from)) / 86_400_000 + 1;
}
