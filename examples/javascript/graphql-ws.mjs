// WebSocket, with graphql-ws. It connects again by itself; a token that may change goes into a function.

import { createClient } from "graphql-ws";
import { authorization, fail, pause, query, show, url, variables } from "./notes.mjs";

const client = createClient({
  url: url.replace(/^http/, "ws"),
  connectionParams: () => ({ Authorization: authorization }),
  retryAttempts: Infinity,
  retryWait: pause,
  shouldRetry: () => true,
});

client.subscribe({ query, variables }, { next: show, error: fail, complete: () => {} });
