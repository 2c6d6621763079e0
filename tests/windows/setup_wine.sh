#!/bin/sh
# Makes a wine prefix in which the Windows builds of Bun and Deno run.
#
#   setup_wine.sh PREFIX
#
# Installs wine and the mingw compiler from Debian when they are missing (needs root for that), makes the prefix,
# and puts the stub bcryptprimitives.dll into its system32. A prefix that is ready is left as it is: delete the
# directory for a fresh one.
set -eu

prefix=${1:?usage: setup_wine.sh PREFIX}
here=$(cd "$(dirname "$0")" && pwd)
say() { printf 'setup_wine: %s\n' "$*" >&2; }

# Debian keeps wineserver out of PATH, and the wine starter of some versions hides behind update-alternatives.
find_wine() { command -v wine || command -v wine64 || true; }

missing=
[ -n "$(find_wine)" ] || missing="$missing wine wine64"
command -v x86_64-w64-mingw32-gcc >/dev/null || missing="$missing gcc-mingw-w64-x86-64"
if [ -n "$missing" ]; then
  if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    say "missing:$missing. Nothing was changed; install them and run this again."
    exit 1
  fi
  say "installing$missing"
  export DEBIAN_FRONTEND=noninteractive
  apt-get -qq update >&2 || say "apt-get update failed; trying with the lists that are here"
  # shellcheck disable=SC2086
  apt-get -qq install -y --no-install-recommends $missing >&2
fi
wine=$(find_wine)

# The stamp names all that the prefix was made of, so that a changed stub or another wine makes it anew.
stamp="$("$wine" --version 2>/dev/null) $(cksum <"$here/bcryptprimitives.c") $(cksum <"$here/setup_wine.sh")"
if [ -f "$prefix/.ready" ] && [ "$(cat "$prefix/.ready")" = "$stamp" ]; then
  say "$prefix is ready"
  exit 0
fi

mkdir -p "$prefix"
prefix=$(cd "$prefix" && pwd)
rm -f "$prefix/.ready"
export WINEPREFIX="$prefix" WINEARCH=win64 WINEDEBUG=-all
# No menus, no Mono, no Gecko: nothing here needs them, and each would ask for a download.
export WINEDLLOVERRIDES="winemenubuilder.exe=d;mscoree=d;mshtml=d"
unset DISPLAY WAYLAND_DISPLAY || true
say "making $prefix"
timeout 300 "$wine" wineboot --init </dev/null >"$prefix/wineboot.log" 2>&1 ||
  { say "wineboot failed, the prefix is not usable; see $prefix/wineboot.log"; exit 1; }
system32="$prefix/drive_c/windows/system32"
[ -d "$system32" ] || { say "no $system32 after wineboot; see $prefix/wineboot.log"; exit 1; }
x86_64-w64-mingw32-gcc -O2 -Wall -shared -o "$system32/bcryptprimitives.dll" "$here/bcryptprimitives.c" -ladvapi32
# Windows without a display: the null driver makes them, and consoles, where the default one fails without X.
"$wine" reg add 'HKCU\Software\Wine\Drivers' /v Graphics /d null /f </dev/null >>"$prefix/wineboot.log" 2>&1
wait_for_wine() { "${WINESERVER:-/usr/lib/wine/wineserver64}" -w 2>/dev/null || wineserver -w 2>/dev/null || true; }
wait_for_wine
printf '%s' "$stamp" >"$prefix/.ready"
say "$prefix is ready"
