// The rules of @graphql-eslint that schemas and Relay recommend, over the committed schema: `node lint.mjs`. Prints what they find.
import plugin from "@graphql-eslint/eslint-plugin";
import { ESLint } from "eslint";
import { fileURLToPath } from "node:url";

const { configs } = plugin;
const root = fileURLToPath(new URL("../..", import.meta.url));
const eslint = new ESLint({
  cwd: root,
  overrideConfigFile: true,
  overrideConfig: [
    {
      files: ["schema.graphql"],
      languageOptions: {
        parser: plugin.parser,
        parserOptions: { graphQLConfig: { schema: `${root}schema.graphql` } },
      },
      plugins: { "@graphql-eslint": plugin },
      rules: {
        ...configs["flat/schema-recommended"].rules,
        ...configs["flat/schema-relay"].rules,
        // What is no object of its own has no id: parts of pages and of answers, figures, and one's own credential.
        "@graphql-eslint/strict-id-in-types": [
          "error",
          {
            exceptions: {
              suffixes: ["Connection", "Edge", "Payload", "Count", "Stats", "Version", "Event", "Measurement"],
              types: [
                "ContactPreference",
                "DeliveryAttempt",
                "PageInfo",
                "QuietHours",
                "TemplatePreview",
                "TemplateText",
                "Viewer",
              ],
            },
          },
        ],
        // A list that can only be short (a day's figures by category) needs no pages, and a group of notes is no object.
        "@graphql-eslint/relay-edge-types": ["error", { listTypeCanWrapOnlyEdgeType: false, shouldImplementNode: false }],
      },
    },
  ],
});
const [{ messages }] = await eslint.lintFiles(["schema.graphql"]);
for (const { line, message, ruleId } of messages) console.log(`schema.graphql:${line} ${message} (${ruleId})`);
process.exit(messages.length ? 1 : 0);
