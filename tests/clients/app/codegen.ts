import type { CodegenConfig } from "@graphql-codegen/cli";
import { addTypenameSelectionDocumentTransform } from "@graphql-codegen/client-preset";

const config: CodegenConfig = {
  schema: "../../../schema/schema.graphql",
  documents: ["src/**/*.{ts,tsx}", "!src/gql/**"],
  generates: {
    "src/gql/": {
      preset: "client",
      presetConfig: { fragmentMasking: false, persistedDocuments: { hashAlgorithm: "sha256" } },
      documentTransforms: [addTypenameSelectionDocumentTransform],
      config: {
        strictScalars: true,
        enumsAsTypes: true,
        scalars: {
          CountryCode: "string",
          DateTime: "string",
          JSONObject: "Record<string, unknown>",
          PhoneNumber: "string",
          StringMap: "Record<string, string>",
          Upload: "File",
        },
      },
    },
    "src/possible-types.json": { plugins: ["fragment-matcher"] },
  },
};

export default config;
