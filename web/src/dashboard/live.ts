/** One WebSocket for all that the page follows (graphql-transport-ws). It comes back by itself, and misses nothing. */
import { stringifyDocument, type TypedDocumentNode } from "@urql/core";
import { createClient, type Client } from "graphql-ws";
import { createContext, useContext, useEffect, useRef, useSyncExternalStore } from "react";

/** `reconnecting` becomes `stale` where it lasts: what is shown may no longer be so. */
export type Connection = "connecting" | "live" | "reconnecting" | "stale";

const PING_EVERY = 5_000;
const PONG_WITHIN = 3_000;
const STALE_AFTER = 10_000;
const LONGEST_WAIT = 3_000;
/** Closes a socket whose token is no good, or no longer: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md */
const REFUSED = [4401, 4403];

type Timer = ReturnType<typeof setTimeout> | undefined;

export interface Following<Data> {
  /** The variables now: read again at each connection, so that a cursor among them is the last one. */
  variables: () => Record<string, unknown>;
  next: (data: Data) => void;
  /** Events were missed and are not kept any more (`EVENTS_EXPIRED`): what is shown must be read anew. */
  expired?: () => void;
}

export class Live {
  private readonly client: Client;
  private readonly watchers = new Set<() => void>();
  private connection: Connection = "connecting";
  private unanswered: Timer;
  private away: Timer;
  /** When the server was last heard of, in milliseconds of the epoch. */
  heardAt = Date.now();

  constructor(token: string, refused: () => void) {
    this.client = createClient({
      url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/graphql`,
      connectionParams: { Authorization: `Bearer ${token}` },
      lazyCloseTimeout: 5_000,
      keepAlive: PING_EVERY,
      retryAttempts: Infinity,
      shouldRetry: () => true,
      // At once the first time: a server that is started again is there within a second.
      retryWait: (retries) => pause(Math.min(200 * 2 ** retries, LONGEST_WAIT) * (0.5 + Math.random() / 2)),
      on: {
        connected: () => this.become("live"),
        closed: (event) => {
          if (event instanceof CloseEvent && REFUSED.includes(event.code)) refused();
          else this.lost();
        },
        message: () => (this.heardAt = Date.now()),
        // A socket can be dead without being closed: then nothing answers.
        ping: (received) => {
          if (!received) this.unanswered = setTimeout(() => this.client.terminate(), PONG_WITHIN);
        },
        pong: () => clearTimeout(this.unanswered),
      },
    });
  }

  /** Until the answer is called. */
  follow<Data, Variables>(
    document: TypedDocumentNode<Data, Variables>,
    { variables, next, expired }: Following<Data>,
  ): () => void {
    const query = stringifyDocument(document);
    let stopped = false;
    let stop = () => {};
    const start = () => {
      if (stopped) return;
      const payload = {
        query,
        get variables() {
          return variables();
        },
      };
      stop = this.client.subscribe<Data>(payload, {
        next: ({ data }) => data && next(data),
        error: (error) => {
          if (codesOf(error).includes("EVENTS_EXPIRED")) expired?.();
          else if (!codesOf(error).includes("FORBIDDEN")) void pause(LONGEST_WAIT).then(start);
        },
        // Nobody but us ends what has no end: the server is about to stop, and the next one is asked.
        complete: () => void pause(PONG_WITHIN).then(start),
      });
    };
    start();
    return () => {
      stopped = true;
      stop();
    };
  }

  close(): void {
    clearTimeout(this.unanswered);
    clearTimeout(this.away);
    void this.client.dispose();
  }

  readonly subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  readonly current = (): Connection => this.connection;

  /** Also called for each attempt to come back that fails. */
  private lost(): void {
    clearTimeout(this.unanswered);
    if (this.connection === "stale" || this.connection === "reconnecting") return;
    this.become("reconnecting");
    this.away = setTimeout(() => this.become("stale"), STALE_AFTER);
  }

  private become(connection: Connection): void {
    clearTimeout(this.away);
    this.connection = connection;
    for (const watcher of this.watchers) watcher();
  }
}

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

function codesOf(error: unknown): string[] {
  if (!Array.isArray(error)) return [];
  return error.map((each: { extensions?: { code?: string } }) => each.extensions?.code ?? "");
}

export const LiveContext = createContext<Live | null>(null);

export function useLive(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error("there is a connection below LiveContext only");
  return live;
}

export function useConnection(): Connection {
  const live = useLive();
  return useSyncExternalStore(live.subscribe, live.current);
}

/** Follow while shown. Begins anew when `key` changes, and not before there is one. */
export function useFollowing<Data, Variables>(
  document: TypedDocumentNode<Data, Variables>,
  key: string | null,
  following: Following<Data>,
): void {
  const live = useLive();
  const latest = useRef(following);
  useEffect(() => {
    latest.current = following;
  });
  useEffect(() => {
    if (key === null) return;
    return live.follow(document, {
      variables: () => latest.current.variables(),
      next: (data) => latest.current.next(data),
      expired: () => latest.current.expired?.(),
    });
  }, [live, document, key]);
}
