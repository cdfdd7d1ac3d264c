// What the examples have in common: where, who, what, and the position.

export const url = process.env.CARENOTES_URL ?? "http://localhost:8000/graphql";
export const authorization = `Bearer ${process.env.CARENOTES_TOKEN}`;

export const query = /* GraphQL */ `
  subscription Notes($after: Cursor) {
    noteEvents(after: $after) {
      kind
      cursor
      node {
        id
        category
      }
    }
  }
`;

// Clients read the variables anew when they connect again: so it goes on behind the last event.
export const variables = { after: null };

export function show({ data, errors }) {
  if (errors) fail(errors);
  const { kind, cursor, node } = data.noteEvents;
  console.log(JSON.stringify({ kind, id: node?.id ?? null }));
  variables.after = cursor;
}

export function fail(error) {
  console.error(error);
  process.exit(1);
}

export const pause = () => new Promise((resolve) => setTimeout(resolve, 500));
