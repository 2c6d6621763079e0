/** Environment variables that change what the runtime inside a compiled executable does. @module */

/** All their names, for systemd: its `UnsetEnvironment=` takes no patterns. */
export const RUNTIME_VARIABLES: readonly string[] = [
  "BUN_OPTIONS",
  "BUN_BE_BUN",
  "BUN_INSPECT",
  "BUN_INSPECT_CONNECT_TO",
  "BUN_INSPECT_NOTIFY",
  "BUN_INSPECT_PRELOAD",
  "BUN_CONFIG_DISABLE_COPY_FILE_RANGE",
  "BUN_CONFIG_DNS_TIME_TO_LIVE_SECONDS",
  "BUN_CONFIG_HTTP_IDLE_TIMEOUT",
  "BUN_CONFIG_MAX_HTTP_REQUESTS",
  "BUN_CONFIG_REGISTRY",
  "BUN_CONFIG_VERBOSE_FETCH",
  "DENO_AUDIT_PERMISSIONS",
  "DENO_AUTO_SERVE",
  "DENO_CERT",
  "DENO_COMPAT",
  "DENO_CONDITIONS",
  "DENO_COVERAGE_DIR",
  "DENO_DIR",
  "DENO_NO_PACKAGE_JSON",
  "DENO_NO_PROMPT",
  "DENO_SERVE_ADDRESS",
  "DENO_TLS_CA_STORE",
  "DENO_TRACE_PERMISSIONS",
  "DENO_UNSTABLE_CONTROL_SOCK",
  "DENO_V8_FLAGS",
];

/** The two that break the gate: BUN_OPTIONS adds arguments; BUN_BE_BUN makes the executable the `bun` command. */
export const FATAL_VARIABLES: readonly string[] = RUNTIME_VARIABLES.slice(0, 2);

/** The runtime that a variable changes; `undefined` for all other variables. */
export function affectedRuntime(name: string): "bun" | "deno" | undefined {
  if (/^BUN_(OPTIONS$|BE_BUN$|CONFIG|INSPECT|JSC_)/i.test(name)) return "bun";
  return /^DENO_\w/i.test(name) ? "deno" : undefined;
}
