import { useEffect, useRef, useState } from "react";

import { NewestNotesDocument, NoteEventsDocument, type NoteEventsSubscription, type NoteRowFragment } from "../generated/graphql";
import { useAnswer } from "./api";
import { useFollowing } from "./live";
import { useChanges, useTimed } from "./timed";

const SHOWN = 30;
const DRAWN_EVERY = 100;
const CHANGED_EVERY = 15_000;

type Event = NoteEventsSubscription["noteEvents"];

export interface Newest {
  /** In the order in which they were written down. */
  notes: NoteRowFragment[];
  /** Ids of those that came while the page was open. */
  arrived: ReadonlySet<string>;
  /** Goes up when figures over a range are out of date, every quarter of a minute at most. */
  changes: number;
  problem: string | null;
  ask: () => void;
}

/** The newest notes, and whatever happens to notes from `cursor` on. `expired` is called when that is too long ago. */
export function useNewestNotes(
  facilityIds: string[] | null,
  people: boolean,
  cursor: string | null,
  expired: () => void,
): Newest {
  const { data, problem, ask } = useAnswer(NewestNotesDocument, { filter: { facilityIds }, people });
  const [notes, setNotes] = useState<NoteRowFragment[]>([]);
  const [arrived, setArrived] = useState<ReadonlySet<string>>(new Set());
  const [changes, touch] = useChanges(CHANGED_EVERY);
  const waiting = useRef<Event[]>([]);

  useEffect(() => {
    if (data?.notes) setNotes(data.notes.edges.map(({ node }) => node));
  }, [data]);

  // Several at once are drawn once; and a hidden page, whose timers are slow, keeps no more than it would show.
  const draw = useTimed(DRAWN_EVERY, () => {
    const events = waiting.current.splice(0);
    if (events.some(({ node }) => node === null)) ask();
    setNotes((before) => events.reduce(applied, before).slice(0, SHOWN));
    const created = events.flatMap(({ kind, node }) => (kind === "CREATED" && node ? [node.id] : []));
    if (created.length) setArrived((before) => new Set([...created, ...before].slice(0, SHOWN)));
  });

  const position = useRef(cursor);
  useEffect(() => {
    position.current = cursor;
  }, [cursor]);
  useFollowing(NoteEventsDocument, JSON.stringify([facilityIds, cursor]), {
    variables: () => ({ filter: { facilityIds }, after: position.current, people }),
    next: ({ noteEvents }) => {
      position.current = noteEvents.cursor;
      waiting.current.push(noteEvents);
      if (waiting.current.length > 10 * SHOWN) waiting.current.shift();
      draw();
      touch();
    },
    expired,
  });
  return { notes, arrived, changes, problem, ask };
}

function applied(notes: NoteRowFragment[], { kind, node }: Event): NoteRowFragment[] {
  if (!node) return notes;
  const others = notes.filter(({ id }) => id !== node.id);
  if (kind === "ENTERED_IN_ERROR") return others;
  return [node, ...others].sort((one, other) => Date.parse(other.recordedAt) - Date.parse(one.recordedAt));
}
