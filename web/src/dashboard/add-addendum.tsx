import { useState, type FormEvent } from "react";

import { AddAddendumDocument, type AddAddendumInput, type AddendumKind } from "../generated/graphql";
import { useMutation } from "./use-mutation";
import { words } from "./words";

const KINDS: readonly AddendumKind[] = ["ADDITION", "CORRECTION", "CLARIFICATION"];

interface AddAddendumProps {
  note: string;
  added: () => void;
}

/** Adds to a note that is signed. */
export function AddAddendum({ note, added }: AddAddendumProps) {
  const { send, sending, problem } = useMutation<unknown, Omit<AddAddendumInput, "idempotencyKey">>(AddAddendumDocument);
  const [shown, setShown] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const done = await send({
      noteId: note,
      kind: given.get("kind") as AddendumKind,
      reason: String(given.get("reason")),
      text: String(given.get("text")),
    });
    if (!done) return;
    setShown(false);
    added();
  }

  if (!shown) {
    return (
      <footer>
        <button type="button" onClick={() => setShown(true)}>
          Add an addendum
        </button>
      </footer>
    );
  }
  return (
    <form onSubmit={(event) => void submit(event)}>
      <div className="pair">
        <label>
          Kind
          <select name="kind" autoFocus>
            {KINDS.map((each) => (
              <option key={each} value={each}>
                {words(each)}
              </option>
            ))}
          </select>
        </label>
        <label>
          Why
          <input name="reason" required maxLength={200} />
        </label>
      </div>
      <label>
        What is added
        <textarea name="text" rows={4} required maxLength={20_000} />
      </label>
      {problem && (
        <p className="problem" role="alert">
          {problem} Nothing is written twice if you try again.
        </p>
      )}
      <footer>
        <button type="submit" className="main" aria-disabled={sending}>
          {sending ? "Saving…" : "Sign and add"}
        </button>
      </footer>
    </form>
  );
}
