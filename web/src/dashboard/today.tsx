import type { FiguresFragment } from "../generated/graphql";
import { dayLabel } from "./dates";
import { number } from "./words";

interface TodayProps {
  figures: FiguresFragment | null;
  day: string;
}

/** Today's figures. Their numbers change as notes come. */
export function Today({ figures, day }: TodayProps) {
  const shown = [
    ["Notes today", figures?.total],
    ["Patients", figures?.uniquePatients],
    ["Late entries", figures?.lateEntries],
    ["Authors", figures?.uniqueAuthors],
  ] as const;
  return (
    <section className="figures" aria-label={`Figures of today, ${dayLabel(day)}`}>
      <dl>
        {shown.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd data-figure={name}>{value === undefined ? "–" : number(value)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
