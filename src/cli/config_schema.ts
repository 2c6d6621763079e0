/** The JSON schema of the configuration file, from the option table. @module */
import { MAX_COUNT } from "../core/schemas.ts";
import { showDuration } from "../run/duration.ts";
import { configKey, fileOptions, type OptionSpec, specOf } from "./options.ts";

/** The schema, for editors and for checks elsewhere. */
export function configSchema(): Record<string, unknown> {
  const properties = Object.fromEntries(fileOptions().map((name) => [configKey(name), property(specOf(name))]));
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "boot-sentinel.config.json",
    type: "object",
    properties: {
      $schema: { type: "string" },
      ...properties,
      services: {
        description: "A section for each of several services, chosen by --name; its keys outrank those above",
        type: "object",
        additionalProperties: { type: "object", properties, additionalProperties: false },
      },
    },
    additionalProperties: false,
  };
}

function property({ kind, choices, help, default: value }: OptionSpec): Record<string, unknown> {
  const fallback = kind === "duration" ? showDuration(Number(value)) : value;
  const types = {
    text: { type: "string", minLength: 1 },
    count: { type: "integer", minimum: 0, maximum: MAX_COUNT },
    flag: { type: "boolean" },
    choice: { enum: choices },
    duration: { type: ["string", "number"], pattern: "^\\d+(\\.\\d+)?\\s*(ms|s|m|h|d)?$" },
    list: { type: ["array", "string"], items: { type: "string", minLength: 1 } },
  };
  return { description: help, ...types[kind], ...(fallback === undefined ? {} : { default: fallback }) };
}
