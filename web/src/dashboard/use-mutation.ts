import type { AnyVariables, TypedDocumentNode } from "@urql/core";
import { useCallback, useRef, useState } from "react";

import { problemOf, useApi } from "./api";

const TRIES = 3;
const FIRST_WAIT = 300;

export interface Mutating<Data, Input> {
  /** The answer once it is done, null where it was refused. */
  send: (input: Input) => Promise<Data | null>;
  sending: boolean;
  problem: string | null;
}

/**
 * A mutation that may be sent again and has one effect.
 *
 * An intent has one idempotency key: it stays through every retry, ours or that of the person who presses again, and there is
 * a new one when what is sent changes or is done.
 */
export function useMutation<Data, Input extends object>(
  document: TypedDocumentNode<Data, { input: Input & { idempotencyKey?: string | null | undefined } }>,
): Mutating<Data, Input> {
  const api = useApi();
  const intent = useRef<{ of: string; key: string } | null>(null);
  const inFlight = useRef<Promise<Data | null> | null>(null);
  const [sending, setSending] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  const once = useCallback(
    async (input: Input): Promise<Data | null> => {
      const of = JSON.stringify(input);
      if (intent.current?.of !== of) intent.current = { of, key: crypto.randomUUID() };
      const variables = { input: { ...input, idempotencyKey: intent.current.key } };
      for (let tried = 1; ; tried++) {
        const { data, error } = await api.mutation(document as TypedDocumentNode<Data, AnyVariables>, variables).toPromise();
        if (!error) {
          intent.current = null;
          return data ?? null;
        }
        if (!error.networkError || tried === TRIES) {
          setProblem(problemOf(error));
          return null;
        }
        await new Promise((resolve) => setTimeout(resolve, FIRST_WAIT * 2 ** tried * Math.random()));
      }
    },
    [api, document],
  );

  const send = useCallback(
    (input: Input): Promise<Data | null> => {
      inFlight.current ??= (async () => {
        setSending(true);
        setProblem(null);
        try {
          return await once(input);
        } finally {
          setSending(false);
          inFlight.current = null;
        }
      })();
      return inFlight.current;
    },
    [once],
  );
  return { send, sending, problem };
}
