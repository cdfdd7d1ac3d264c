import { Client, fetchExchange, mapExchange, type AnyVariables, type CombinedError, type TypedDocumentNode } from "@urql/core";
import { createContext, useCallback, useContext, useEffect, useState } from "react";

/** A client of the API. `refused` is called when the server no longer takes the token. */
export function createApi(token: string, refused: () => void): Client {
  return new Client({
    url: "/graphql",
    // Every answer is drawn once and then kept fresh by events: a cache in between could only be behind.
    requestPolicy: "network-only",
    preferGetMethod: false,
    fetchOptions: { headers: { Authorization: `Bearer ${token}` } },
    exchanges: [
      mapExchange({
        onError(error) {
          if (error.response?.status === 401) refused();
        },
      }),
      fetchExchange,
    ],
  });
}

export const ApiContext = createContext<Client | null>(null);

export function useApi(): Client {
  const api = useContext(ApiContext);
  if (!api) throw new Error("there is an API below ApiContext only");
  return api;
}

export interface Answer<Data> {
  /** The last answer. While another is on its way, and where that fails, it stays. */
  data: Data | undefined;
  problem: string | null;
  /** Ask anew. */
  ask: () => void;
}

/** The answer to a query, asked again when its variables change. */
export function useAnswer<Data, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Answer<Data> {
  const api = useApi();
  const [answer, setAnswer] = useState<Omit<Answer<Data>, "ask">>({ data: undefined, problem: null });
  const [turn, setTurn] = useState(0);
  const ask = useCallback(() => setTurn((before) => before + 1), []);
  const asked = JSON.stringify(variables);

  useEffect(() => {
    let current = true;
    void api
      .query(document, JSON.parse(asked) as Variables)
      .toPromise()
      .then(({ data, error }) => {
        if (current) setAnswer((before) => ({ data: data ?? before.data, problem: error ? problemOf(error) : null }));
      });
    return () => {
      current = false;
    };
  }, [api, document, asked, turn]);

  return { ...answer, ask };
}

/** What to tell a person of what went wrong. */
export function problemOf(error: CombinedError): string {
  if (error.networkError) return "The server cannot be reached.";
  return error.graphQLErrors.map(({ message }) => message).join(" ");
}
