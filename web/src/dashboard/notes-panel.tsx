import { memo, useEffect, useRef, useState } from "react";

import type { NoteRowFragment } from "../generated/graphql";
import type { Abilities } from "./abilities";
import { recentLabel } from "./dates";
import type { Newest } from "./newest-notes";
import { Panel } from "./panel";
import { plural, words } from "./words";

const TOLD_EVERY = 10_000;

interface NotesPanelProps {
  newest: Newest;
  abilities: Abilities;
  compose: () => void;
  open: (note: string) => void;
}

/** The newest notes, as they come, with the time at which they were written down, by the clock of who looks on. */
export function NotesPanel({ newest, abilities, compose, open }: NotesPanelProps) {
  const { notes, arrived, problem, ask } = newest;
  const today = new Date().toDateString();
  return (
    <Panel
      title="Newest notes"
      className="newest"
      problem={problem}
      ask={ask}
      aside={
        abilities.write && (
          <button type="button" className="main" onClick={compose}>
            Write a note
          </button>
        )
      }
    >
      <Arrivals arrived={arrived} />
      <ul className="notes">
        {notes.map((note) => (
          <li key={note.id} className={arrived.has(note.id) ? "fresh" : ""} data-note={note.id}>
            <Row note={note} today={today} open={abilities.texts ? open : null} />
          </li>
        ))}
      </ul>
      {notes.length === 0 && <p className="empty">No notes yet.</p>}
    </Panel>
  );
}

interface RowProps {
  note: NoteRowFragment;
  today: string;
  open: ((note: string) => void) | null;
}

const Row = memo(function Row({ note, today, open }: RowProps) {
  const inside = (
    <>
      <span className="what">
        <strong>{words(note.category)}</strong>
        {note.patient && <span> {note.patient.name}</span>}
      </span>
      <span className="tags">
        {(note.priority === "HIGH" || note.priority === "URGENT") && (
          <span className={`tag ${note.priority.toLowerCase()}`}>{words(note.priority)}</span>
        )}
        {note.lateEntry && <span className="tag">Late</span>}
        {note.status !== "FINAL" && <span className="tag">{words(note.status)}</span>}
      </span>
      <span className="where">
        {note.facility.name} · <time dateTime={note.recordedAt}>{recentLabel(note.recordedAt, today)}</time>
        {note.author && <> · {note.author.name}</>}
      </span>
    </>
  );
  if (!open) return <div className="note">{inside}</div>;
  return (
    <button type="button" className="note" onClick={() => open(note.id)}>
      {inside}
    </button>
  );
});

/** Says now and then, to who does not see it, how many came: each by itself would drown out everything else. */
function Arrivals({ arrived }: { arrived: ReadonlySet<string> }) {
  const [said, setSaid] = useState("");
  const told = useRef(new Set<string>());
  const latest = useRef(arrived);
  latest.current = arrived;
  useEffect(() => {
    const timer = setInterval(() => {
      const untold = [...latest.current].filter((id) => !told.current.has(id)).length;
      told.current = new Set(latest.current);
      setSaid(untold ? `${plural(untold, "new note")}.` : "");
    }, TOLD_EVERY);
    return () => clearInterval(timer);
  }, []);
  return (
    <p className="unseen" role="status">
      {said}
    </p>
  );
}
