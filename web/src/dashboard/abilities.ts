import type { WhoQuery } from "../generated/graphql";

export type Role = WhoQuery["viewer"]["role"];

/**
 * What a role may see and do: the table of the README, "Who may do what".
 *
 * The server decides. This keeps the page from offering what would be refused, and from asking for it.
 */
export interface Abilities {
  /** The tenant, its practitioners, and patients by name. */
  people: boolean;
  texts: boolean;
  write: boolean;
  /** Times and states of reminders; or also how they were delivered, and sending them anew. */
  reminders: "none" | "times" | "all";
}

const PEOPLE: readonly Role[] = ["ADMIN", "CLINICIAN", "COORDINATOR", "BILLING"];
const TEXTS: readonly Role[] = ["ADMIN", "CLINICIAN"];

const REMINDERS: readonly Role[] = ["ADMIN", "CLINICIAN", "COORDINATOR"];

export function abilitiesOf(role: Role): Abilities {
  return {
    people: PEOPLE.includes(role),
    texts: TEXTS.includes(role),
    write: role === "CLINICIAN",
    reminders: REMINDERS.includes(role) ? "all" : role === "READER" ? "times" : "none",
  };
}
