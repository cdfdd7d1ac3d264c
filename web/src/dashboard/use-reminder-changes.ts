import { useEffect, useRef } from "react";

import { ReminderEventsDocument } from "../generated/graphql";
import { useFollowing } from "./live";
import { useChanges } from "./timed";

/** Many are sent at once, and they are counted in SQL: not for each of them. */
const COUNTED_EVERY = 2_000;

/** A number that goes up after something has happened to reminders. */
export function useReminderChanges(cursor: string | null, expired: () => void): number {
  const [changes, touch] = useChanges(COUNTED_EVERY);
  const position = useRef(cursor);
  useEffect(() => {
    position.current = cursor;
  }, [cursor]);
  useFollowing(ReminderEventsDocument, cursor, {
    variables: () => ({ after: position.current }),
    next: ({ reminderEvents }) => {
      position.current = reminderEvents.cursor;
      touch();
    },
    expired,
  });
  return changes;
}
