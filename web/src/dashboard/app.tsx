import { useCallback, useEffect, useMemo, useState } from "react";

import { HouseDocument, WhoDocument, type HouseQuery } from "../generated/graphql";
import { abilitiesOf, type Role } from "./abilities";
import { ApiContext, createApi, useAnswer } from "./api";
import { Dashboard } from "./dashboard";
import { Live, LiveContext } from "./live";
import { keepToken, storedToken } from "./session";
import { SignIn } from "./sign-in";

export function App() {
  const [token, setToken] = useState(storedToken);
  const [reason, setReason] = useState<string | null>(null);

  const signIn = useCallback((given: string) => {
    keepToken(given);
    setReason(null);
    setToken(given);
  }, []);
  const signOut = useCallback((why: string | null) => {
    keepToken(null);
    setReason(why);
    setToken(null);
  }, []);

  if (token === null) return <SignIn reason={reason} signIn={signIn} />;
  return <SignedIn key={token} token={token} signOut={signOut} />;
}

interface SignedInProps {
  token: string;
  signOut: (why: string | null) => void;
}

function SignedIn({ token, signOut }: SignedInProps) {
  const refused = useCallback(() => signOut("The server does not take this token, or no longer."), [signOut]);
  const api = useMemo(() => createApi(token, refused), [token, refused]);
  const [live, setLive] = useState<Live | null>(null);
  useEffect(() => {
    const opened = new Live(token, refused);
    setLive(opened);
    return () => opened.close();
  }, [token, refused]);

  if (!live) return null;
  return (
    <ApiContext value={api}>
      <LiveContext value={live}>
        <Who signOut={() => signOut(null)} />
      </LiveContext>
    </ApiContext>
  );
}

function Who({ signOut }: { signOut: () => void }) {
  const { data, problem, ask } = useAnswer(WhoDocument, {});
  if (data?.viewer.role === "PLATFORM_ADMIN") {
    return (
      <Message title="No tenant's data for you" signOut={signOut}>
        PLATFORM_ADMIN manages tenants and sees nothing of what is in them. Their API is at <a href="/graphql">/graphql</a>.
      </Message>
    );
  }
  if (data) return <House role={data.viewer.role} signOut={signOut} />;
  return <Waiting problem={problem} ask={ask} signOut={signOut} />;
}

function House({ role, signOut }: { role: Role; signOut: () => void }) {
  const abilities = useMemo(() => abilitiesOf(role), [role]);
  const { data, problem, ask } = useAnswer(HouseDocument, { organization: abilities.people });
  const house = useMemo(() => data && houseOf(data), [data]);
  if (!house) return <Waiting problem={problem} ask={ask} signOut={signOut} />;
  return <Dashboard role={role} abilities={abilities} house={house} expired={ask} signOut={signOut} />;
}

export type HouseFacts = ReturnType<typeof houseOf>;

function houseOf({ eventCursor, viewer, facilities }: HouseQuery) {
  const all = facilities?.edges.map(({ node }) => node) ?? [];
  return {
    name: viewer.tenant?.name ?? "CareNotes",
    /** Who sees no tenant reads the clock of its first facility. */
    timeZone: viewer.tenant?.timeZone ?? all[0]?.timeZone ?? "UTC",
    practitioner: viewer.practitioner?.name ?? null,
    facilities: all,
    /** Events are followed from here on. */
    cursor: eventCursor,
  };
}

function Waiting({ problem, ask, signOut }: { problem: string | null; ask: () => void; signOut: () => void }) {
  if (!problem) return <p className="waiting">One moment…</p>;
  return (
    <Message title="This did not work" signOut={signOut}>
      {problem}{" "}
      <button type="button" onClick={ask}>
        Try again
      </button>
    </Message>
  );
}

function Message({ title, signOut, children }: { title: string; signOut: () => void; children: React.ReactNode }) {
  return (
    <main className="message" role="alert">
      <h1>{title}</h1>
      <p>{children}</p>
      <button type="button" onClick={signOut}>
        Sign out
      </button>
    </main>
  );
}
