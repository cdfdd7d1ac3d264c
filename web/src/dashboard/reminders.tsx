import { memo, useState } from "react";

import { RemindersDocument, ReplayRemindersDocument, type DeadFragment, type ReplayRemindersInput } from "../generated/graphql";
import type { Abilities } from "./abilities";
import { useAnswer } from "./api";
import { momentLabel } from "./dates";
import { Panel } from "./panel";
import { useReminderChanges } from "./use-reminder-changes";
import { useAskWhen } from "./use-changes";
import { useMutation } from "./use-mutation";
import { number, plural, words } from "./words";

const STATES = ["scheduled", "sent", "delivered", "skipped", "cancelled", "expired", "dead"] as const;

interface RemindersProps {
  /** The first day of those that are counted; they are of the whole tenant. */
  from: string;
  abilities: Abilities;
  cursor: string | null;
  expired: () => void;
}

/** Reminders by state; the dead ones to look at, and to send anew. */
export const Reminders = memo(function Reminders({ from, abilities, cursor, expired }: RemindersProps) {
  const all = abilities.reminders === "all";
  const { data, problem, ask } = useAnswer(RemindersDocument, {
    dueFrom: `${from}T00:00:00Z`,
    people: abilities.people,
    deliveries: all,
  });
  useAskWhen(useReminderChanges(cursor, expired), ask);
  const dead = data?.dead?.edges.map(({ node }) => node) ?? [];
  return (
    <Panel title="Reminders" className="reminders" problem={problem} ask={ask}>
      <dl className="states">
        {STATES.map((state) => (
          <div key={state} className={state === "dead" && dead.length ? "alarming" : ""}>
            <dt>{words(state)}</dt>
            <dd data-state={state}>{data ? number(data[state]?.totalCount ?? 0) : "–"}</dd>
          </div>
        ))}
      </dl>
      {dead.length > 0 && (
        <ul className="rows dead" aria-label="Dead reminders">
          {dead.map((reminder) => (
            <DeadReminder key={reminder.id} reminder={reminder} replay={all} replayed={ask} />
          ))}
        </ul>
      )}
      {all && (data?.dead?.totalCount ?? 0) > 1 && (
        <ReplayAll dueFrom={`${from}T00:00:00Z`} replayed={ask} />
      )}
    </Panel>
  );
});

function useReplay() {
  return useMutation<{ replayReminders: { count: number; replayed: boolean } | null }, Omit<ReplayRemindersInput, "idempotencyKey">>(
    ReplayRemindersDocument,
  );
}

interface DeadReminderProps {
  reminder: DeadFragment;
  replay: boolean;
  replayed: () => void;
}

function DeadReminder({ reminder, replay, replayed }: DeadReminderProps) {
  const { send, sending, problem } = useReplay();
  const [refused, setRefused] = useState(false);

  async function again() {
    const done = await send({ reminderIds: [reminder.id], expectedCount: 1 });
    if (done) replayed();
    else setRefused(true);
  }

  return (
    <li>
      <time dateTime={reminder.dueAt}>{momentLabel(reminder.dueAt, reminder.appointment?.timeZone)}</time>
      <span>
        {[reminder.patient?.name, reminder.statusReason && words(reminder.statusReason)].filter(Boolean).join(": ")}
        {replay && (
          <button type="button" aria-disabled={sending} onClick={() => void again()}>
            Send anew
          </button>
        )}
      </span>
      {reminder.attempts && reminder.attempts.length > 0 && (
        <details className="where">
          <summary>{plural(reminder.attempts.length, "attempt")}</summary>
          <ol>
            {reminder.attempts.map(({ number, channel, provider, outcome, errorCode, startedAt }) => (
              <li key={number}>
                {momentLabel(startedAt)}: {words(channel)} {provider && `by ${provider}`} · {words(outcome)}
                {errorCode && ` (${errorCode})`}
              </li>
            ))}
          </ol>
        </details>
      )}
      {refused && (
        <p className="problem" role="alert">
          {problem ?? "It can no longer be sent."}
        </p>
      )}
    </li>
  );
}

/** Counts them first, then asks whether that many are meant. */
function ReplayAll({ dueFrom, replayed }: { dueFrom: string; replayed: () => void }) {
  const { send, sending, problem } = useReplay();
  const [count, setCount] = useState<number | null>(null);

  async function look() {
    const answer = await send({ dueFrom });
    setCount(answer?.replayReminders?.count ?? null);
  }

  async function replay() {
    await send({ dueFrom, expectedCount: count });
    setCount(null);
    replayed();
  }

  return (
    <footer className="replay">
      {problem && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
      {count === null && (
        <button type="button" aria-disabled={sending} onClick={() => void look()}>
          Send all anew…
        </button>
      )}
      {count === 0 && <p role="status">None of them can be sent any more.</p>}
      {count !== null && count > 0 && (
        <>
          <p role="status">{plural(count, "reminder")} can still be sent.</p>
          <button type="button" className="main" aria-disabled={sending} onClick={() => void replay()}>
            Send {number(count)} anew
          </button>
          <button type="button" onClick={() => setCount(null)}>
            Leave them
          </button>
        </>
      )}
    </footer>
  );
}
