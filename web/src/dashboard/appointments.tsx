import { memo, useEffect, useRef } from "react";

import { AppointmentEventsDocument, UpcomingAppointmentsDocument } from "../generated/graphql";
import { useAnswer } from "./api";
import { momentLabel } from "./dates";
import { useFollowing } from "./live";
import { Panel } from "./panel";
import { useChanges } from "./timed";
import { useAskWhen } from "./use-changes";
import { number, words } from "./words";

const READ_EVERY = 1_000;

interface AppointmentsProps {
  facilityIds: string[] | null;
  people: boolean;
  cursor: string | null;
  expired: () => void;
}

/** Who comes next. */
export const Appointments = memo(function Appointments({ facilityIds, people, cursor, expired }: AppointmentsProps) {
  const { data, problem, ask } = useAnswer(UpcomingAppointmentsDocument, {
    filter: { facilityIds, upcoming: true },
    people,
  });
  const [changes, touch] = useChanges(READ_EVERY);
  useAskWhen(changes, ask);
  const position = useRef(cursor);
  useEffect(() => {
    position.current = cursor;
  }, [cursor]);
  useFollowing(AppointmentEventsDocument, JSON.stringify([facilityIds, cursor]), {
    variables: () => ({ filter: { facilityIds }, after: position.current }),
    next: ({ appointmentEvents }) => {
      position.current = appointmentEvents.cursor;
      touch();
    },
    expired,
  });

  const { edges = [], totalCount } = data?.appointments ?? {};
  return (
    <Panel
      title="Upcoming appointments"
      className="appointments"
      problem={problem}
      ask={ask}
      aside={totalCount !== undefined && <p className="reading">{number(totalCount)} in all</p>}
    >
      <ul className="rows">
        {edges.map(({ node: { id, start, timeZone, status, serviceType, facility, patient, practitioner } }) => (
          <li key={id}>
            <time dateTime={start}>{momentLabel(start, timeZone)}</time>
            <span>
              {[patient?.name, serviceType].filter(Boolean).join(", ") || facility.name}
              {status !== "BOOKED" && <span className="tag">{words(status)}</span>}
            </span>
            <span className="where">
              {facility.name}
              {practitioner && <> · {practitioner.name}</>}
            </span>
          </li>
        ))}
      </ul>
      {data && edges.length === 0 && <p className="empty">Nobody is booked.</p>}
    </Panel>
  );
});
