// Server-sent events, with urql, which asks for them by itself. It does not connect again: the example does.

import { Client, fetchExchange } from "@urql/core";
import { authorization, fail, pause, query, show, url, variables } from "./notes.mjs";

const client = new Client({
  url,
  exchanges: [fetchExchange],
  fetchSubscriptions: true,
  fetchOptions: { headers: { authorization } },
  preferGetMethod: false,
});

function subscribe() {
  let over = false;
  const again = () => {
    if (over) return;
    over = true;
    subscription.unsubscribe();
    pause().then(subscribe);
  };
  const subscription = client.subscription(query, { ...variables }).subscribe(({ data, error, hasNext }) => {
    // What the server says is final; what the network says is not.
    if (error?.graphQLErrors.length) fail(error);
    else if (error) again();
    else if (data && data.noteEvents.cursor !== variables.after) show({ data });
    if (!hasNext) again();
  });
}

subscribe();
