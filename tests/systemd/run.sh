#!/usr/bin/env bash
# Boots a real systemd in a throw-away overlay of this machine's own root and runs the cases of inside.sh in it.
# usage: run.sh BOOT_SENTINEL [CASE|FILE_OF_CASES…]    (root; installs what it needs; the last line is "N passed, N failed, N skipped")
set -u
exe=$(realpath "${1:?usage: run.sh BOOT_SENTINEL}")
here=$(dirname "$(realpath "$0")")

missing=()
command -v systemd-nspawn >/dev/null || missing+=(systemd systemd-container)
command -v nginx >/dev/null || missing+=(nginx-light)
command -v nats-server >/dev/null || missing+=(nats-server)
command -v redis-server >/dev/null || missing+=(redis-server)
command -v setcap >/dev/null || missing+=(libcap2-bin)
command -v dbus-daemon >/dev/null || missing+=(dbus)
command -v curl >/dev/null || missing+=(curl)
/usr/bin/python3 -c 'import ensurepip, flask, venv' 2>/dev/null || missing+=(python3-flask python3-venv)
if [ ${#missing[@]} -gt 0 ]; then
  apt-get update -q >/dev/null &&
    DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${missing[@]}" >/dev/null || {
    echo "not ok install ${missing[*]}"
    echo "0 passed, 1 failed"
    exit 1
  }
fi

out=$(mktemp -d)
# A build that comes meanwhile shall not take it away.
cp "$exe" "$out/boot-sentinel"
# The package that `npm run package` made of it; the cases of package.sh tell when it is not there.
deb=$(dirname "$exe")/boot-sentinel_$("$exe" --version | cut -d' ' -f2 | tr - '~')_$(dpkg --print-architecture).deb
[ -e "$deb" ] && cp "$deb" "$out/boot-sentinel.deb"
[ $# -gt 1 ] && echo "${@:2}" >"$out/only"
# What the releases of release_kinds.sh are made of.
cp -r "$here/express" "$out/" && (cd "$out/express" && npm ci --silent --no-audit --no-fund)
if command -v javac >/dev/null && command -v jar >/dev/null; then
  for text in two one; do
    mkdir -p "$out/jar/$text"
    echo "class Answer { static String text() { return \"$text\"; } }" >"$out/jar/$text/Answer.java"
    javac -d "$out/jar/$text" "$here/jar/App.java" "$out/jar/$text/Answer.java"
    jar cf "$out/jar/answer-$text.jar" -C "$out/jar/$text" Answer.class
  done
  printf 'Main-Class: App\nClass-Path: lib/answer.jar\n' >"$out/jar/manifest"
  (cd "$out/jar/one" && jar cfm ../app.jar ../manifest App*.class)
fi
root=$(mktemp -d)
mount --bind / "$root"
trap 'umount -l "$root"; rmdir "$root"; rm -rf "$out"' EXIT
timeout -k 5 900 systemd-nspawn --quiet --register=no --keep-unit -D "$root" --volatile=overlay --private-network \
  --console=pipe --bind="$out:/out" --bind-ro="$here:/cases" --bind-ro="$out/boot-sentinel:/opt/sentinel/boot-sentinel" \
  --bind-ro="$here/cases.conf:/etc/systemd/system.conf.d/cases.conf" \
  --bind-ro="$here/cases.service:/etc/systemd/system/cases.service" \
  -M "cases$$" --uuid="$(tr -d - </proc/sys/kernel/random/uuid)" -b systemd.unit=cases.service \
  systemd.log_target=null </dev/null >"$out/console" 2>&1

[ -s "$out/result" ] || { tail -n 30 "$out/console"; echo "not ok the machine came up"; echo "0 passed, 1 failed"; exit 1; }
cat "$out/result"
grep -q '^not ok' "$out/result" && cat "$out/log" "$out/failures"
skipped=$(grep -c '^skipped ' "$out/result")
passed=$(grep -c '^ok ' "$out/result")
failed=$(grep -c '^not ok ' "$out/result")
grep -q '^done$' "$out/result" || { echo "not ok ran to its end"; failed=$((failed + 1)); }
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
