import { useState, type FormEvent } from "react";

import { useDemoTenants } from "../demo-tokens";
import { isToken } from "../token";

interface SignInProps {
  reason: string | null;
  signIn: (token: string) => void;
}

export function SignIn({ reason, signIn }: SignInProps) {
  const demo = useDemoTenants();
  const [problem, setProblem] = useState<string | null>(null);

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const token = String(given.get("token")).trim().replace(/^Bearer\s+/i, "");
    if (isToken(token)) signIn(token);
    else setProblem("That does not look like a token: it should be one word, as the command printed it.");
  }

  return (
    <main className="sign-in">
      <h1>CareNotes</h1>
      {reason && <p role="alert">{reason}</p>}
      <form onSubmit={submit}>
        <label htmlFor="token">Token</label>
        <input
          id="token"
          name="token"
          required
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          aria-invalid={problem !== null}
          aria-describedby="token-help"
        />
        <p id="token-help" role="status">
          {problem ?? "It stays in this tab, and goes to this server only."}
        </p>
        <button type="submit" className="main">
          Sign in
        </button>
      </form>
      {demo.length > 0 && (
        <section aria-labelledby="demo-title">
          <h2 id="demo-title">Demo tenants</h2>
          {demo.map((tenant) => (
            <div key={tenant.slug} className="demo-tenant">
              <h3>{tenant.name}</h3>
              <ul>
                {Object.entries(tenant.tokens)
                  .filter(([role]) => role !== "PLATFORM_ADMIN")
                  .map(([role, token]) => (
                    <li key={role}>
                      <button type="button" onClick={() => signIn(token)} aria-label={`${role} of ${tenant.name}`}>
                        {role}
                      </button>
                    </li>
                  ))}
              </ul>
            </div>
          ))}
        </section>
      )}
    </main>
  );
}
