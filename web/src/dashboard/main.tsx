import { createRoot } from "react-dom/client";

import { reloadOnNewToken, takeToken } from "../token";
import { App } from "./app";
import { keepToken } from "./session";

import "./style/page.css";
import "./style/panels.css";
import "./style/dialogs.css";

// First of all, so that the token is out of the address bar before anything can fail.
const token = takeToken();
if (token !== null) keepToken(token);
reloadOnNewToken();
createRoot(document.getElementById("page")!).render(<App />);
