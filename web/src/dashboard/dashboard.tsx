import { useCallback, useMemo, useState } from "react";

import type { Abilities, Role } from "./abilities";
import type { HouseFacts } from "./app";
import { Appointments } from "./appointments";
import { Compose } from "./compose";
import { Comparison } from "./comparison";
import { ConnectionState } from "./connection-state";
import { addDays } from "./dates";
import { Days } from "./days";
import { Reminders } from "./reminders";
import { RANGES, setFilters, useFilters } from "./filters";
import { Hours } from "./hours";
import { useNewestNotes } from "./newest-notes";
import { NoteInFull } from "./note-in-full";
import { NotesPanel } from "./notes-panel";
import { useSlowed } from "./timed";
import { Today } from "./today";
import { useDay, useFigures } from "./use-today";
import { words } from "./words";

/** A chart is drawn as a whole. */
const CHARTED_EVERY = 1_000;

interface DashboardProps {
  role: Role;
  abilities: Abilities;
  house: HouseFacts;
  /** Read the house anew, and with it where to follow its events from. */
  expired: () => void;
  signOut: () => void;
}

export function Dashboard({ role, abilities, house, expired, signOut }: DashboardProps) {
  const { facility, days } = useFilters();
  const chosen = house.facilities.find(({ id }) => id === facility);
  const facilityIds = useMemo(() => (facility === null ? null : [facility]), [facility]);
  const timeZone = chosen?.timeZone ?? house.timeZone;
  const day = useDay(timeZone);
  const span = { from: addDays(day, 1 - days), through: day };

  const figures = useFigures(day, facilityIds);
  const charted = useSlowed(figures, CHARTED_EVERY);
  const newest = useNewestNotes(facilityIds, abilities.people, house.cursor, expired);
  const [composing, setComposing] = useState(false);
  const [opened, setOpened] = useState<string | null>(null);
  const timeZoneOf = useCallback(
    (id: string) => house.facilities.find((each) => each.id === id)?.timeZone ?? house.timeZone,
    [house],
  );

  return (
    <>
      <header className="top">
        <h1>{house.name}</h1>
        <ConnectionState />
        <p className="who">
          {house.practitioner ?? words(role)}
          {house.practitioner && <span className="role">{words(role)}</span>}
        </p>
        <a href="/graphql">GraphiQL</a>
        <button type="button" onClick={signOut}>
          Sign out
        </button>
      </header>
      <main className="dashboard">
        <form className="filters" aria-label="What is shown" onSubmit={(event) => event.preventDefault()}>
          <label>
            Facility
            <select value={facility ?? ""} onChange={({ target }) => setFilters({ facility: target.value || null })}>
              <option value="">All facilities</option>
              {house.facilities.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          </label>
          <label>
            Range
            <select value={days} onChange={({ target }) => setFilters({ days: Number(target.value) })}>
              {RANGES.map((each) => (
                <option key={each} value={each}>
                  Last {each} days
                </option>
              ))}
            </select>
          </label>
        </form>
        <Today figures={figures} day={day} />
        <NotesPanel newest={newest} abilities={abilities} compose={() => setComposing(true)} open={setOpened} />
        <Days {...span} facilityIds={facilityIds} figures={charted} changes={newest.changes} />
        <Hours {...span} facilityIds={facilityIds} timeZone={timeZone} changes={newest.changes} />
        <Comparison {...span} facility={facility} changes={newest.changes} />
        {abilities.reminders !== "none" && (
          <Reminders from={span.from} abilities={abilities} cursor={house.cursor} expired={expired} />
        )}
        <Appointments facilityIds={facilityIds} people={abilities.people} cursor={house.cursor} expired={expired} />
      </main>
      {composing && <Compose facilityIds={facilityIds} close={() => setComposing(false)} />}
      {opened && (
        <NoteInFull id={opened} abilities={abilities} timeZoneOf={timeZoneOf} close={() => setOpened(null)} />
      )}
    </>
  );
}
