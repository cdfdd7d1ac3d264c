import { memo, useMemo, useState } from "react";
import UPlot, { type AlignedData, type Options } from "uplot";

import { DaysDocument, type FiguresFragment } from "../generated/graphql";
import { useAnswer } from "./api";
import { Chart } from "./chart";
import { dayLabel } from "./dates";
import { CATEGORIES, usePalette } from "./palette";
import { Panel } from "./panel";
import type { Span } from "./span";
import { useAskWhen } from "./use-changes";
import { number, plural, short, words } from "./words";

const HEIGHT = 240;
type Day = Pick<FiguresFragment, "date" | "total" | "byCategory">;

interface DaysProps extends Span {
  facilityIds: string[] | null;
  /** Today's, which are newer than what the range was read with. */
  figures: FiguresFragment | null;
  changes: number;
}

/** Notes per day, by category. */
export const Days = memo(function Days({ from, through, facilityIds, figures, changes }: DaysProps) {
  const { data, problem, ask } = useAnswer(DaysDocument, { from, through, facilityIds });
  useAskWhen(changes, ask);
  const days = useMemo<Day[]>(
    () => (data?.dailyStatsRange ?? []).map((day) => (figures?.date === day.date ? figures : day)),
    [data, figures],
  );
  const [point, setPoint] = useState<number | null>(null);
  const [tabled, setTabled] = useState(false);
  const shown = point === null ? undefined : days[point];
  const counts = useMemo(() => countsOf(shown ? [shown] : days), [shown, days]);
  const total = (shown ? [shown] : days).reduce((sum, day) => sum + day.total, 0);
  const stacked = useMemo(() => stack(days), [days]);
  const options = useOptions();

  return (
    <Panel
      title="Notes per day"
      className="days"
      problem={problem}
      ask={ask}
      aside={
        <p className="reading">
          {shown ? dayLabel(shown.date) : plural(days.length, "day")}: <strong>{number(total)}</strong>
        </p>
      }
    >
      <Chart
        label={`Notes per day from ${dayLabel(from)} to ${dayLabel(through)}, ${number(total)} in all. The table below has the numbers.`}
        options={options}
        data={stacked}
        height={HEIGHT}
        onPoint={setPoint}
      />
      <ul className="legend">
        {CATEGORIES.map((category, index) => (
          <li key={category}>
            <span className={`swatch category-${index}`} aria-hidden="true" />
            {words(category)} <span className="count">{number(counts[index]!)}</span>
          </li>
        ))}
      </ul>
      <details onToggle={({ currentTarget }) => setTabled(currentTarget.open)}>
        <summary>As a table</summary>
        {tabled && <DaysTable days={days} />}
      </details>
    </Panel>
  );
});

function DaysTable({ days }: { days: Day[] }) {
  return (
    <div className="scrolled" tabIndex={0} role="region" aria-label="Notes per day, as a table">
      <table>
        <thead>
          <tr>
            <th scope="col">Day</th>
            <th scope="col">All</th>
            {CATEGORIES.map((category) => (
              <th key={category} scope="col">
                {words(category)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {days.map((day) => (
            <tr key={day.date}>
              <th scope="row">{dayLabel(day.date)}</th>
              <td>{number(day.total)}</td>
              {countsOf([day]).map((count, index) => (
                <td key={CATEGORIES[index]}>{number(count)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** By category, in the order of `CATEGORIES`. */
function countsOf(days: Day[]): number[] {
  const sums = new Map<string, number>();
  for (const { byCategory } of days) {
    for (const { category, notes } of byCategory) sums.set(category, (sums.get(category) ?? 0) + notes);
  }
  return CATEGORIES.map((category) => sums.get(category) ?? 0);
}

/** uPlot knows no stacks: each series is the sum up to its category, the highest drawn first and so behind the others. */
function stack(days: Day[]): AlignedData {
  const columns = CATEGORIES.map(() => [] as number[]);
  for (const day of days) {
    let sum = 0;
    countsOf([day]).forEach((count, index) => columns[index]!.push((sum += count)));
  }
  return [days.map(({ date }) => Date.parse(date) / 1000), ...columns.reverse()];
}

function useOptions(): Omit<Options, "width" | "height"> {
  const { isDark, text, line, categories } = usePalette();
  // The colours change with `isDark`, and only then.
  return useMemo(() => {
    const bars = UPlot.paths.bars!({ size: [0.72, 40] });
    const axis = { stroke: text, font: "12px system-ui, sans-serif", ticks: { show: false } };
    return {
      tzDate: (seconds: number) => UPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      legend: { show: false },
      padding: [8, 8, 0, 0],
      cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
      scales: {
        x: { range: (_, min, max) => [min - 43_200, max + 43_200] },
        y: { range: (_, __, max) => [0, Math.max(max * 1.05, 4)] },
      },
      axes: [
        { ...axis, grid: { show: false }, space: 64, size: 28, values: [[86_400, "{D} {MMM}", null, null, null, null, null, null, 1]] },
        { ...axis, grid: { stroke: line, width: 1 }, size: 44, values: (_, splits) => splits.map(short) },
      ],
      series: [
        {},
        ...[...categories].reverse().map((fill, index) => ({
          label: words(CATEGORIES.at(-1 - index)!),
          fill,
          stroke: fill,
          width: 0,
          paths: bars,
          points: { show: false },
        })),
      ],
    } satisfies Omit<Options, "width" | "height">;
  }, [isDark]);
}
