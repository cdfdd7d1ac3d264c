import { HISTORY_PLUGIN } from "@graphiql/plugin-history";
import { explorerPlugin } from "@graphiql/plugin-explorer";
import { useMonaco } from "@graphiql/react";
import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import { useEffect, useMemo, useState } from "react";
import { createRoot } from "react-dom/client";

import { examples } from "./examples";
import { TokenNotice } from "./notice";
import { restoreActiveTab, storeToken } from "./session";
import { reloadOnNewToken, takeToken } from "./token";
import { TokenMenu } from "./token-menu";
import "./workers";

import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "graphiql/graphiql.css";
import "./graphiql.css";

const PLUGINS = [HISTORY_PLUGIN, explorerPlugin()];
// graphql-transport-ws: the token goes along in `connection_init`, with the other headers of the tab.
const SUBSCRIPTIONS = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/graphql`;

function Page() {
  const { monaco, actions } = useMonaco();
  const [refused, setRefused] = useState(false);

  // GraphiQL asks for the schema as soon as it is mounted, with the headers of its editor. Without waiting for the
  // editor it would ask without the token.
  useEffect(() => void actions.initialize(), [actions]);

  const fetcher = useMemo(
    () =>
      createGraphiQLFetcher({
        url: "/graphql",
        subscriptionUrl: SUBSCRIPTIONS,
        fetch: async (input, init) => {
          const response = await fetch(input, init);
          setRefused(response.status === 401);
          return response;
        },
      }),
    [],
  );

  const headers = localStorage.getItem("graphiql:headers") ?? "";

  if (!monaco) return <p className="loading">Loading the editor…</p>;
  return (
    <>
      {refused && <TokenNotice />}
      <GraphiQL
        fetcher={fetcher}
        plugins={PLUGINS}
        defaultTabs={examples().map((example) => ({ ...example, headers }))}
        defaultHeaders={headers}
        defaultEditorToolsVisibility="headers"
        shouldPersistHeaders
        showPersistHeadersSettings={false}
      >
        <GraphiQL.Logo>
          <TokenMenu />{" "}
          <a className="home" href="/">
            CareNotes
          </a>
        </GraphiQL.Logo>
      </GraphiQL>
    </>
  );
}

// First of all, so that the token is out of the address bar before anything can fail.
const token = takeToken();
if (token !== null) storeToken(token);
restoreActiveTab();
reloadOnNewToken();
createRoot(document.getElementById("page")!).render(<Page />);
