import { graphql } from "relay-runtime";

graphql`
  query documentsViewerQuery {
    viewer {
      role
    }
  }
`;

graphql`
  mutation documentsCreateMutation($input: CreateNoteInput!) {
    createNote(input: $input) {
      note {
        id
        text
      }
    }
  }
`;

graphql`
  query documentsPatientQuery($id: ID!) {
    node(id: $id) {
      id
      ...documentsNotes @alias(as: "fragment")
    }
  }
`;

graphql`
  fragment documentsNotes on Patient
  @refetchable(queryName: "documentsNotesPaginationQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 2 }, cursor: { type: "Cursor" }) {
    notes(first: $count, after: $cursor) @connection(key: "documents_notes") {
      edges {
        node {
          id
          text
        }
      }
    }
  }
`;

graphql`
  query documentsDeferredQuery($id: ID!) {
    node(id: $id) {
      id
      ...documentsName @alias(as: "fragment") @defer(label: "later")
    }
  }
`;

graphql`
  fragment documentsName on Patient {
    name
  }
`;
