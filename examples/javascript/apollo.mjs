// Multipart, with Apollo Client, which asks for it by itself. It does not connect again: the example does.

import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { CombinedGraphQLErrors } from "@apollo/client/errors";
import { authorization, fail, pause, query, show, url, variables } from "./notes.mjs";

const client = new ApolloClient({
  link: ApolloLink.from([new HttpLink({ uri: url, headers: { authorization } })]),
  cache: new InMemoryCache(),
});

function subscribe() {
  const again = () => pause().then(subscribe);
  client.subscribe({ query: gql(query), variables: { ...variables }, fetchPolicy: "no-cache" }).subscribe({
    next: ({ data, error }) => {
      if (data) show({ data });
      // What the server says is final; what the network says is not.
      else if (CombinedGraphQLErrors.is(error)) fail(error);
      else if (error) again();
    },
    error: again,
  });
}

subscribe();
