import { useEffect, useState } from "react";

import { FindPatientsDocument, type FindPatientsQuery } from "../generated/graphql";
import { useApi } from "./api";

const SHORTEST = 2;
const TYPED_FOR = 200;

type Found = NonNullable<FindPatientsQuery["patients"]>["edges"][number]["node"];

interface PatientPickerProps {
  facilityIds: string[] | null;
  chosen: string | null;
  choose: (patient: string | null) => void;
  missing: boolean;
}

/** Finds a patient by name, MRN or email address. */
export function PatientPicker({ facilityIds, chosen, choose, missing }: PatientPickerProps) {
  const api = useApi();
  const [search, setSearch] = useState("");
  const [found, setFound] = useState<Found[] | null>(null);

  useEffect(() => {
    if (search.trim().length < SHORTEST) {
      setFound(null);
      return;
    }
    let current = true;
    const timer = setTimeout(() => {
      void api
        .query(FindPatientsDocument, { search: search.trim(), filter: { facilityIds, statuses: ["ACTIVE"] } })
        .toPromise()
        .then(({ data }) => current && setFound(data?.patients?.edges.map(({ node }) => node) ?? []));
    }, TYPED_FOR);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [api, search, facilityIds]);

  return (
    <fieldset className="patients">
      <legend>Patient</legend>
      <input
        type="search"
        aria-label="Find a patient by name or MRN"
        placeholder="Name or MRN"
        autoComplete="off"
        value={search}
        onChange={({ target }) => {
          setSearch(target.value);
          choose(null);
        }}
      />
      {found?.map(({ id, name, mrn, facility }) => (
        <label key={id} className="choice">
          <input type="radio" name="patient" checked={chosen === id} onChange={() => choose(id)} />
          <span>
            {name} <span className="where">{`${mrn} · ${facility.name}`}</span>
          </span>
        </label>
      ))}
      <p role={missing ? "alert" : "status"} className={missing ? "problem" : "hint"}>
        {missing ? "Choose a patient." : found?.length === 0 ? "Nobody is found." : ""}
      </p>
    </fieldset>
  );
}
