/** What the first tab shows: who am I, and one page of notes with what hangs on them. */
export const WELCOME = `# Welcome to CareNotes.
#
#   Ctrl-Enter   run this query (or press play)
#   Ctrl-Space   what fits at the cursor
#   Ctrl-click   the documentation of a name

query Welcome {
  # Who the token says I am, and of which tenant.
  viewer {
    role
    subject
    tenant {
      name
      slug
    }
  }

  # The first page of notes, and what hangs on them.
  notes(first: 5) {
    edges {
      node {
        id
        category
        effectiveAt
        patient {
          name
        }
        author {
          name
        }
        facility {
          name
        }
      }
    }
    # The next page: notes(first: 5, after: endCursor)
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`;
