import type { CodegenConfig } from "@graphql-codegen/cli";

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
        scalars: { Cursor: "string", Date: "string", DateTime: "string", Sha256: "string", TimeZone: "string" },
      },
    },
  },
  silent: true,
};

export default config;
