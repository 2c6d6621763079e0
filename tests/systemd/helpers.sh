# shellcheck shell=bash
# What the cases are told with. A service is named by its registered name, or by the path of its program.

say() { echo "# $*" >>/out/result; }
# Waits for a command to succeed; the limit is for a broken build only.
until_ok() { local limit=$1; shift; local end=$((SECONDS + limit)); until "$@" >/dev/null 2>&1; do
  [ $SECONDS -lt $end ] || { echo "gave up on: $*"; return 1; }; sleep 0.05; done; }
not() { ! "$@"; }
now() { date +%s.%N; }
since() { echo "$(now) $1" | awk '{printf "%.1f", $1 - $2}'; }
prop() { systemctl show -P "$2" "$1"; }
script() { mkdir -p "$(dirname "$1")"; printf '#!/bin/sh\n%s\n' "$2" >"$1"; chmod 755 "$1"; }
# A healthy program under a new digest: FROM TO
variant() { { cat "$1"; echo; } >"$2"; chmod 755 "$2"; }
serves() { [ "$(curl -s -m 2 "http://127.0.0.1:$1/")" = "$2" ]; }
processes() { grep -ls "/$1\$" /proc/[0-9]*/cgroup | while read -r f; do cat "${f%cgroup}comm"; done | sort -u | tr '\n' ' '; }
# Every process of the unit is one of the program's.
alone() { [ "$(processes "$1.service")" = "$2 " ]; }

which_one() { case $1 in /*) echo "--exe $1" ;; *) echo "--name $1" ;; esac; }
status() { "$bs" status $(which_one "$1") --json; }
state_is() { status "$1" | grep -q "\"state\":\"$2\""; }
attempts() { status "$1" | grep -o '"attempts":[0-9]*' | head -1 | cut -d: -f2; }
attempts_are() { [ "$(attempts "$1")" = "$2" ]; }
held() { "$bs" quarantine check "$2" $(which_one "$1") --quiet; }
# NAME FILE VERSION
swap() { "$bs" swap "$2" --to "$3" $(which_one "$1") --quiet; }
confirmed() { state_is "$1" steady && status "$1" | grep -q '"pending":null' && status "$1" | grep -q '"lastGood":{'; }
is_live() { status "$1" | grep -q "\"live\":{\"version\":\"$2\""; }
state_of() { echo "/var/lib/boot-sentinel/$1"; }
# The unit runs, and not only for this moment.
up() { [ "$(prop "$1" SubState)" = running ]; }

# A bad build comes, and the service is back without anybody's help: NAME UNIT BAD_BUILD CHECK…
recovers() {
  local name=$1 unit=$2 bad=$3 before; shift 3
  swap "$name" "$bad" 6.6.6 || return 1
  systemctl reset-failed "$unit" 2>/dev/null # starts of the case before are no sign of anything
  before=$(now)
  systemctl restart "$unit"
  until_ok 40 held "$name" 6.6.6 && until_ok 20 "$@" || return 1
  say "seconds to serving: $(since "$before") $name ($(prop "$unit" NRestarts) restarts)"
}

# A service is guarded, kept, broken and left, and its unit is as it was: UNIT PROGRAM BAD_BUILD CHECK… (install options in `with`)
guarded_and_left() {
  local unit=$1 program=$2 bad=$3 cat before sum; shift 3
  systemctl start "$unit" && until_ok 20 "$@" || return 1
  cat=$(systemctl cat "$unit"); sum=$(sha256sum <"$program")
  not "$bs" doctor --exe "$program" --unit "$unit" --quiet || return 1
  guard "$unit" "${with[@]}" && "$@" || return 1
  "$bs" doctor --name "$unit" || return 1
  recovers "$unit" "$unit" "$bad" "$@" || return 1
  [ "$(sha256sum <"$program")" = "$sum" ] && state_is "$unit" rolled-back && "$bs" doctor --name "$unit" || return 1
  "$bs" service uninstall "$unit" --purge && [ "$(systemctl cat "$unit")" = "$cat" ] && "$@" || return 1
  systemctl restart "$unit" && until_ok 20 "$@" && systemctl stop "$unit"
}

# `service install` refuses, changes nothing, and says this: PATTERN ARGS…
refused() {
  local pattern=$1 said before; shift
  before=$(ls -R /etc/systemd/system /etc/boot-sentinel 2>/dev/null)
  said=$("$bs" service install "$@" 2>&1) && { echo "not refused: $*"; return 1; }
  echo "$said"
  grep -qE "$pattern" <<<"$said" && [ "$(ls -R /etc/systemd/system /etc/boot-sentinel 2>/dev/null)" = "$before" ]
}

# Changes a registered setting: NAME KEY JSON_VALUE
set_key() { sed -i "/^  \"$2\":/d; s/^{/{\n  \"$2\": $3,/" "/etc/boot-sentinel/$1.json"; }
# Guards a unit and restarts it: UNIT INSTALL_OPTIONS
guard() { "$bs" service install --drop-in "$@" && systemctl restart "$1" && until_ok 20 confirmed "$1"; }

# A unit: NAME LINES_OF_THE_SERVICE
unit() { printf '[Service]\n%s\n' "$2" >"/etc/systemd/system/$1.service"; systemctl daemon-reload; }

# An nginx that answers with a text of its own: FOLDER PORT TEXT
nginx_conf() { mkdir -p "$1"; cat >"$1/$2.conf" <<CONF
daemon off; master_process off; pid /run/nginx-$2.pid; error_log stderr;
events { }
http { access_log off; server { listen 127.0.0.1:$2; location / { return 200 "$3"; } } }
CONF
}
fast=(--healthy-after 1s --probe-interval 200ms --probe-passes 2)
steady=(--probe uptime:1s "${fast[@]}")
