import assert from "node:assert";
import { createHash } from "node:crypto";

import { ApolloClient, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { Defer20220824Handler, GraphQL17Alpha9Handler } from "@apollo/client/incremental";
import { BatchHttpLink } from "@apollo/client/link/batch-http";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { relayStylePagination } from "@apollo/client/utilities";

const QUERY = gql`
  query Viewer {
    viewer {
      role
    }
  }
`;
const CREATE = gql`
  mutation Create($input: CreateNoteInput!) {
    createNote(input: $input) {
      note {
        id
        text
      }
    }
  }
`;
const PAGE = gql`
  query Page($id: ID!, $after: Cursor) {
    node(id: $id) {
      id
      ... on Patient {
        notes(first: 2, after: $after) {
          edges {
            node {
              id
            }
          }
          pageInfo {
            hasNextPage
            endCursor
          }
        }
      }
    }
  }
`;
const DEFERRED = gql`
  query Deferred($id: ID!) {
    node(id: $id) {
      id
      ... on Patient @defer(label: "later") {
        notes(first: 2) {
          edges {
            node {
              id
              text
            }
          }
        }
      }
    }
  }
`;
const sha256 = (text) => createHash("sha256").update(text).digest("hex");

export function cases(server) {
  const { url, patientId } = server;
  const client = (link, incrementalHandler) =>
    new ApolloClient({
      link,
      incrementalHandler,
      cache: new InMemoryCache({
        typePolicies: { Patient: { fields: { notes: relayStylePagination() } } },
      }),
    });
  const plain = (seen, handler) => client(new HttpLink({ uri: url, fetch: server.fetching(seen) }), handler);
  return {
    async query() {
      const seen = [];
      const { data } = await plain(seen).query({ query: QUERY });
      assert.equal(data.viewer.role, "CLINICIAN");
      assert.match(seen[0].type, /^application\/graphql-response\+json/);
    },
    async mutation() {
      const input = { patientId, category: "PROGRESS", text: "By Apollo." };
      const { data } = await plain().mutate({ mutation: CREATE, variables: { input } });
      assert.equal(data.createNote.note.text, "By Apollo.");
    },
    async "error of a field"() {
      const input = { patientId, category: "PROGRESS", text: "" };
      await assert.rejects(plain().mutate({ mutation: CREATE, variables: { input } }), (error) => {
        assert(CombinedGraphQLErrors.is(error));
        assert.deepEqual(error.errors[0].extensions, { code: "BAD_USER_INPUT", argument: ["input", "text"] });
        return true;
      });
    },
    async "error of a document"() {
      const asked = plain().query({ query: gql`{ nope }` }); // prettier-ignore
      await assert.rejects(asked, (error) => CombinedGraphQLErrors.is(error) && /nope/.test(error.message));
    },
    async "persisted query"() {
      for (const useGETForHashedQueries of [false, true]) {
        const query = gql`query Persisted${Number(useGETForHashedQueries)} { viewer { subject } }`; // prettier-ignore
        const seen = [];
        const http = new HttpLink({ uri: url, fetch: server.fetching(seen) });
        const link = new PersistedQueryLink({ sha256, useGETForHashedQueries }).concat(http);
        for (const expected of [2, 3]) {
          const { data } = await client(link).query({ query });
          assert.equal(data.viewer.subject, "practitioner-0");
          assert.equal(seen.length, expected, "once with the hash, in vain; once with the text; then by hash alone");
        }
        assert.equal(seen[2].method, useGETForHashedQueries ? "GET" : "POST");
      }
    },
    async batch() {
      const seen = [];
      const link = new BatchHttpLink({ uri: url, fetch: server.fetching(seen), batchInterval: 1 });
      const both = client(link);
      const [first, second] = await Promise.all([
        both.query({ query: QUERY }),
        both.query({ query: PAGE, variables: { id: patientId } }),
      ]);
      assert.equal(first.data.viewer.role, "CLINICIAN");
      assert.equal(second.data.node.id, patientId);
      assert.equal(seen.length, 1);
    },
    async paging() {
      const apollo = plain();
      const asked = { query: PAGE, variables: { id: patientId } };
      const observed = apollo.watchQuery(asked);
      await apollo.query(asked);
      const read = () => apollo.readQuery(asked).node.notes;
      const ids = () => read().edges.map((edge) => edge.node.id);
      while (read().pageInfo.hasNextPage) {
        const before = ids().length;
        await observed.fetchMore({ variables: { after: read().pageInfo.endCursor } });
        assert(ids().length > before);
      }
      assert(ids().length >= server.notes);
      assert.equal(new Set(ids()).size, ids().length);
    },
    ...Object.fromEntries(
      Object.entries({ Defer20220824Handler, GraphQL17Alpha9Handler }).map(([name, Handler]) => [
        `@defer by ${name}`,
        async () => {
          const seen = [];
          const states = [];
          const query = plain(seen, new Handler()).watchQuery({ query: DEFERRED, variables: { id: patientId } });
          await new Promise((resolve, reject) => {
            query.subscribe({
              next: (result) => {
                states.push(result.dataState);
                if (result.error) reject(result.error);
                if (result.dataState === "complete") resolve(assert.equal(result.data.node.notes.edges.length, 2));
              },
              error: reject,
            });
          });
          assert.match(seen[0].type, /^multipart\/mixed/);
          assert(states.includes("streaming"), states);
        },
      ]),
    ),
  };
}
