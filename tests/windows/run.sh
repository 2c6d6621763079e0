#!/bin/sh
# Runs the Windows tests: under wine on Linux, directly on Windows (Git Bash, with a mingw gcc in PATH).
#
#   run.sh [bun] [deno]     which runtimes run them (default: both)
#
# BOOT_SENTINEL_TESTS names other test files, as paths in this project.
#
# The wine prefix and the Windows runtimes are kept in BOOT_SENTINEL_WINE_CACHE (default: node_modules/.cache/wine).
# The last line counts: "N passed, N failed[, N skipped]". Ends with 1 when a test failed or a runtime ran none.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${BOOT_SENTINEL_WINE_CACHE:-$root/node_modules/.cache/wine}
[ $# -gt 0 ] || set -- bun deno
say() { printf 'windows tests: %s\n' "$*" >&2; }

case $(uname -s) in
MINGW* | MSYS* | CYGWIN*) native=1 ;;
*) native= ;;
esac

# version_of PACKAGE: what the lock file has installed.
version_of() { sed -n 's/^  "version": "\(.*\)",$/\1/p' "$root/node_modules/$1/package.json"; }

# fetch PACKAGE@VERSION FILE: a runtime out of an npm package, into the cache. Prints its path.
fetch() {
  target="$cache/runtimes/$1"
  if [ ! -f "$target/package/$2" ]; then
    say "fetching $1"
    mkdir -p "$target"
    (cd "$target" && archive=$(npm pack --silent "$1") && tar -xzf "$archive" && rm -f "$archive")
  fi
  printf '%s' "$target/package/$2"
}

mkdir -p "$cache"
if [ -n "$native" ]; then
  work=$(mktemp -d)
  gcc=gcc
  in_windows() { cygpath -w "$1"; }
  start() { "$@"; }
else
  export WINEPREFIX="$cache/prefix" WINEDEBUG="${WINEDEBUG:--all}"
  "$here/setup_wine.sh" "$WINEPREFIX"
  unset DISPLAY WAYLAND_DISPLAY || true
  work="$WINEPREFIX/drive_c/boot-sentinel"
  gcc=x86_64-w64-mingw32-gcc
  in_windows() { printf 'C:%s' "$(printf '%s' "${1#"$WINEPREFIX/drive_c"}" | tr / '\\')"; }
  wine=$(command -v wine || command -v wine64)
  start() { "$wine" "$@"; }
  # Only this prefix's processes: services of an aborted run would hold their files.
  trap 'wineserver -k >/dev/null 2>&1 || true' EXIT
  wineserver -k >/dev/null 2>&1 || true
fi

# A copy, because Bun cannot list directories on wine's Z: drive without complaint.
rm -rf "$work/src" "$work/tests"
mkdir -p "$work/node_modules" "$work/bin"
cp -R "$root/src" "$root/tests" "$root/mod.ts" "$root/build.ts" "$root/deno.json" "$root/package.json" "$root/tsconfig.json" "$work/"
for package in deno-std fast-check pend pure-rand yauzl zod; do
  [ -e "$work/node_modules/$package" ] || cp -RL "$root/node_modules/$package" "$work/node_modules/"
done

"$gcc" -O2 -Wall -municode -o "$work/bin/svc_child.exe" "$here/svc_child.c" -lws2_32 -lshell32
(cd "$root" && npx bun build --compile --minify --no-compile-autoload-dotenv --no-compile-autoload-bunfig \
  --target=bun-windows-x64 --outfile="$work/bin/driver.exe" tests/windows/driver.ts >"$cache/build.log" 2>&1) ||
  { cat "$cache/build.log" >&2; exit 1; }
(cd "$root" && npx bun build.ts --target windows-x64 >"$cache/build.log" 2>&1) || { cat "$cache/build.log" >&2; exit 1; }
# In a folder of its own: beside the executable lies its configuration.
mkdir -p "$work/sentinel"
cp "$root/dist/boot-sentinel.exe" "$work/sentinel/"
BOOT_SENTINEL_TEST_EXE=$(in_windows "$work/sentinel/boot-sentinel.exe")
BOOT_SENTINEL_TEST_CHILD=$(in_windows "$work/bin/svc_child.exe")
BOOT_SENTINEL_TEST_DRIVER=$(in_windows "$work/bin/driver.exe")
export BOOT_SENTINEL_TEST_EXE BOOT_SENTINEL_TEST_CHILD BOOT_SENTINEL_TEST_DRIVER NO_COLOR=1

passed=0 failed=0 skipped=0
# count TITLE STATUS LOG PASSED FAILED SKIPPED: adds what a runner counted.
count() {
  p=${4:-0} f=${5:-0} s=${6:-0}
  if [ "$2" != 0 ] && [ "$f" = 0 ] || [ "$p" = 0 ]; then f=$((f + 1)); fi
  [ "$f" = 0 ] || cat "$3" >&2
  say "$1: $p passed, $f failed, $s skipped"
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}
number() { sed -n "s/$1/\\1/p" "$2" | tail -1; }

cd "$work"
# The platform layer and the host under both runtimes; the rest of tests/service is about systemd and POSIX processes.
shared="tests/system/windows/quote_test.ts tests/system/fs/node_fs_test.ts"
shared="$shared tests/system/trees/refused_test.ts tests/system/trees/copy_tree_test.ts"
shared="$shared tests/service/health/wait_for_health_test.ts tests/service/install/windows_manager_test.ts"
for name in gate_hooks supervisor log_file restart_policy service_host service_log; do
  shared="$shared tests/service/supervise/${name}_test.ts"
done
layer="tests/windows/lock_test.ts tests/windows/operate_test.ts tests/windows/process_test.ts tests/windows/service_test.ts $shared"
# The compiled executable has its runtime inside, and the core has none: once is enough.
whole="tests/windows tests/system/windows/access_list_test.ts $shared tests/core"
# The other files of tests/cli look at modes, systemd, signals, or start scripts by their #!.
for name in run/bad_state run/program commands/commands commands/history commands/status dry_run options/config options/usage; do
  whole="$whole tests/cli/${name}_test.ts"
done
for runtime in "$@"; do
  log="$cache/$runtime.log" status=0
  case $runtime in
  bun)
    exe=$(fetch "@oven/bun-windows-x64@$(version_of bun)" bin/bun.exe)
    # shellcheck disable=SC2086
    start "$exe" test --timeout 120000 ${BOOT_SENTINEL_TESTS:-$whole} </dev/null >"$log" 2>&1 || status=$?
    count "Bun" $status "$log" "$(number '^ *\([0-9]*\) pass\r*$' "$log")" "$(number '^ *\([0-9]*\) fail\r*$' "$log")" \
      "$(number '^ *\([0-9]*\) skip\r*$' "$log")"
    ;;
  deno)
    exe=$(fetch "@deno/win32-x64@$(version_of deno)" deno.exe)
    if [ -z "$native" ]; then
      # Wine 8 has VirtualAlloc2 and MapViewOfFile3, but no placeholders, and V8 takes the one for the other. With one of
      # the names spoilt it uses what it has for older Windows. Nothing else of the runtime is touched.
      [ -f "$exe.wine.exe" ] || sed 's/MapViewOfFile3\x00/MapViewOfFileX\x00/' "$exe" >"$exe.wine.exe"
      exe="$exe.wine.exe"
    fi
    # shellcheck disable=SC2086
    start "$exe" test --allow-all --no-check --quiet ${BOOT_SENTINEL_TESTS:-$layer} </dev/null >"$log" 2>&1 || status=$?
    count "Deno" $status "$log" "$(number '.*| \([0-9]*\) passed.*' "$log")" "$(number '.*| \([0-9]*\) failed.*' "$log")" \
      "$(number '.*| \([0-9]*\) ignored.*' "$log")"
    ;;
  *)
    say "unknown runtime $runtime: take bun or deno"
    exit 64
    ;;
  esac
done
if [ "$skipped" = 0 ]; then echo "$passed passed, $failed failed"; else
  echo "$passed passed, $failed failed, $skipped skipped"
fi
[ "$failed" = 0 ]
