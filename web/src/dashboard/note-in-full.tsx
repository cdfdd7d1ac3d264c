import { NoteInFullDocument, SignNoteDocument, type NoteInFullQuery, type NoteRowFragment } from "../generated/graphql";
import type { Abilities } from "./abilities";
import { AddAddendum } from "./add-addendum";
import { useAnswer } from "./api";
import { momentLabel } from "./dates";
import { Dialog } from "./dialog";
import { useMutation } from "./use-mutation";
import { words } from "./words";

type Note = NoteRowFragment & Extract<NoteInFullQuery["node"], { addenda: unknown }>;

function isNote(node: NonNullable<NoteInFullQuery["node"]>): node is Note {
  return "addenda" in node;
}

interface NoteInFullProps {
  id: string;
  abilities: Abilities;
  timeZoneOf: (facility: string) => string;
  close: () => void;
}

/** A note's text and addenda, and what can be done with it. */
export function NoteInFull({ id, abilities, timeZoneOf, close }: NoteInFullProps) {
  const { data, problem, ask } = useAnswer(NoteInFullDocument, { id, people: abilities.people });
  const note = data?.node && isNote(data.node) ? data.node : null;
  return (
    <Dialog title={note ? `${words(note.category)}${note.patient ? `, ${note.patient.name}` : ""}` : "Note"} close={close}>
      {problem && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
      {note && <Inside note={note} write={abilities.write} timeZone={timeZoneOf(note.facility.id)} changed={ask} />}
    </Dialog>
  );
}

interface InsideProps {
  note: Note;
  write: boolean;
  timeZone: string;
  changed: () => void;
}

function Inside({ note, write, timeZone, changed }: InsideProps) {
  const signing = useMutation<unknown, { id: string; expectedVersion: number }>(SignNoteDocument);
  const at = (instant: string) => <time dateTime={instant}>{momentLabel(instant, timeZone)}</time>;

  async function sign() {
    // Signed is what is read here, and nothing that it was changed to meanwhile.
    await signing.send({ id: note.id, expectedVersion: note.version });
    changed();
  }

  return (
    <article className="in-full">
      <p className="where">
        {note.facility.name} · {at(note.effectiveAt)}
        {note.author && <> · {note.author.name}</>}
      </p>
      <p className="text">{note.text}</p>
      <p className="where" data-status={note.status}>
        {note.signedAt ? (
          <>
            {words(note.status)} · signed {at(note.signedAt)}
            {note.signedBy && <> by {note.signedBy.name}</>}
          </>
        ) : (
          "Not signed yet"
        )}
      </p>
      {note.addenda?.map((addendum) => (
        <section key={addendum.id} className="addendum" aria-label={words(addendum.kind)}>
          <h3>
            {words(addendum.kind)}: {addendum.reason}
          </h3>
          <p className="text">{addendum.text}</p>
          <p className="where">
            {at(addendum.signedAt)}
            {addendum.author && <> · {addendum.author.name}</>}
          </p>
        </section>
      ))}
      {signing.problem && (
        <p className="problem" role="alert">
          {signing.problem}
        </p>
      )}
      {write && note.status === "PRELIMINARY" && (
        <footer>
          <button type="button" className="main" aria-disabled={signing.sending} onClick={() => void sign()}>
            Sign
          </button>
        </footer>
      )}
      {write && note.signedAt && <AddAddendum note={note.id} added={changed} />}
    </article>
  );
}
