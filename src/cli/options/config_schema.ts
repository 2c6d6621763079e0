/** The JSON schema of the configuration file, derived from the option table. @module */
import * as z from "zod/mini";
import { showDuration } from "../../service/duration.ts";
import { schemaOf } from "./config_values.ts";
import type { OptionSpec } from "./option_spec.ts";
import { fileOptions, specOf } from "./options.ts";

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
  const fallback = spec.kind === "duration" ? showDuration(Number(spec.default)) : spec.default;
  return { description: spec.help, ...described, ...(spec.default === undefined ? {} : { default: fallback }) };
}
