import { useState, type FormEvent } from "react";

import { CreateNoteDocument, type CreateNoteInput, type NoteCategory, type NotePriority } from "../generated/graphql";
import { Dialog } from "./dialog";
import { CATEGORIES } from "./palette";
import { PatientPicker } from "./patient-picker";
import { useMutation } from "./use-mutation";
import { words } from "./words";

const PRIORITIES: readonly NotePriority[] = ["LOW", "NORMAL", "HIGH", "URGENT"];
const LONGEST_TEXT = 20_000;

interface ComposeProps {
  /** Patients are looked for there. */
  facilityIds: string[] | null;
  close: () => void;
}

/** Writes a note, which is then PRELIMINARY. */
export function Compose({ facilityIds, close }: ComposeProps) {
  const { send, sending, problem } = useMutation<unknown, Omit<CreateNoteInput, "idempotencyKey">>(CreateNoteDocument);
  const [patient, setPatient] = useState<string | null>(null);
  const [missing, setMissing] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    setMissing(patient === null);
    if (patient === null) return;
    const given = new FormData(event.currentTarget);
    const written = await send({
      patientId: patient,
      category: given.get("category") as NoteCategory,
      priority: given.get("priority") as NotePriority,
      text: String(given.get("text")),
    });
    if (written) close();
  }

  return (
    <Dialog title="Write a note" close={close}>
      <form onSubmit={(event) => void submit(event)}>
        <PatientPicker facilityIds={facilityIds} chosen={patient} choose={setPatient} missing={missing} />
        <div className="pair">
          <label>
            About
            <select name="category" defaultValue="PROGRESS">
              {CATEGORIES.map((each) => (
                <option key={each} value={each}>
                  {words(each)}
                </option>
              ))}
            </select>
          </label>
          <label>
            Priority
            <select name="priority" defaultValue="NORMAL">
              {PRIORITIES.map((each) => (
                <option key={each} value={each}>
                  {words(each)}
                </option>
              ))}
            </select>
          </label>
        </div>
        <label>
          What happened
          <textarea name="text" rows={6} required maxLength={LONGEST_TEXT} />
        </label>
        {problem && (
          <p className="problem" role="alert">
            {problem} Nothing is written twice if you try again.
          </p>
        )}
        <footer>
          <button type="submit" className="main" aria-disabled={sending}>
            {sending ? "Saving…" : "Save"}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
