import { useState, type FormEvent } from "react";

import { isToken, reloadWith } from "./token";

/** Shown while the server answers 401: what is missing, and the two ways to get it. */
export function TokenNotice() {
  const [problem, setProblem] = useState<string | null>(null);

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const token = String(new FormData(event.currentTarget).get("token")).trim().replace(/^Bearer\s+/i, "");
    if (isToken(token)) reloadWith(token);
    else setProblem("That does not look like a token: it should be one word, as the command printed it.");
  }

  return (
    <section className="notice" aria-labelledby="notice-title">
      <div role="alert">
        <h1 id="notice-title">CareNotes needs a token to know who you are</h1>
        <p>The server answered 401: there is no token yet, or it has expired. Two ways to get one:</p>
      </div>
      <ul>
        <li>
          Open the link which <code>make run</code> prints; it carries a token for the demo data.
        </li>
        <li>
          Run <code>carenotes token --tenant &lt;tenant&gt; --role &lt;role&gt;</code> and paste what it prints:
        </li>
      </ul>
      <form onSubmit={submit}>
        <label htmlFor="notice-token">Token</label>
        <input
          id="notice-token"
          name="token"
          required
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          aria-invalid={problem !== null}
          aria-describedby="notice-help"
        />
        <button type="submit">Use this token</button>
      </form>
      <p id="notice-help" role="status">
        {problem ?? "It stays in this browser, and is sent to this server only, in the Authorization header."}
      </p>
    </section>
  );
}
