import type { CodegenConfig } from "@graphql-codegen/cli";

/** All of them are strings in JSON. */
const SCALARS = ["Cursor", "Date", "DateTime", "Duration", "LocalTime", "Sha256", "TimeZone"];

/** The dashboard's client, typed by the schema: an operation that the API does not have is no program. */
const config: CodegenConfig = {
  schema: "../schema.graphql",
  documents: "src/dashboard/operations/*.graphql",
  generates: {
    "src/generated/": {
      preset: "client",
      presetConfig: { fragmentMasking: false },
      config: {
        useTypeImports: true,
        enumsAsTypes: true,
        skipTypename: true,
        strictScalars: true,
        scalars: Object.fromEntries(SCALARS.map((name) => [name, "string"])),
      },
    },
  },
  silent: true,
};

export default config;
