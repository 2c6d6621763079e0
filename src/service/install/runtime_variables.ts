/** Variables that make the runtime inside of a compiled executable do something else. @module */

/** By name, for systemd, whose `UnsetEnvironment=` takes no patterns. */
export const TAKEOVER_NAMES: readonly string[] = [
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

/** The two that no gate survives: Bun becomes a package manager, or takes other arguments than ours. */
export const DEADLY_NAMES: readonly string[] = TAKEOVER_NAMES.slice(0, 2);

/** Whose runtime a variable takes over; `undefined` for all others. */
export function takesOver(name: string): "bun" | "deno" | undefined {
  if (/^BUN_(OPTIONS$|BE_BUN$|CONFIG|INSPECT|JSC_)/i.test(name)) return "bun";
  return /^DENO_\w/i.test(name) ? "deno" : undefined;
}
