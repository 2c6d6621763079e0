/** The JSON schema of the configuration file, derived from the option table. @module */
import * as z from "zod/mini";
import { schemaOf } from "./config_values.ts";
import type { OptionSpec } from "./option_spec.ts";
import { fileOptions, specOf } from "./options.ts";
import { shownDefault } from "./shown_default.ts";

/** The schema, for editors and other validators. */
export function configSchema(): Record<string, unknown> {
  const properties = Object.fromEntries(fileOptions().map((name) => [name, property(specOf(name))]));
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "boot-sentinel.config.json",
    type: "object",
    properties: {
      $schema: { type: "string" },
      ...properties,
      services: {
        description: "A section per service, selected by --name; its keys override those above",
        type: "object",
        additionalProperties: { type: "object", properties, additionalProperties: false },
      },
    },
    additionalProperties: false,
  };
}

function property(spec: OptionSpec): Record<string, unknown> {
  const { $schema: _, ...described } = z.toJSONSchema(schemaOf(spec));
  const fallback = shownDefault(spec);
  return { description: spec.help, ...described, ...(fallback === undefined ? {} : { default: fallback }) };
}
