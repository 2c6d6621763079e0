# shellcheck shell=bash
# What the cases of inside.sh are told with.

say() { echo "# $*" >>/out/result; }
# Waits for a command to succeed; the limit is for a broken build only.
until_ok() { local limit=$1; shift; local end=$((SECONDS + limit)); until "$@" >/dev/null 2>&1; do
  [ $SECONDS -lt $end ] || { echo "gave up on: $*"; return 1; }; sleep 0.05; done; }
prop() { systemctl show -P "$2" "$1"; }
status() { "$bs" status --exe "$1" --data-dir "$2" --json; }
state_is() { status "$1" "$2" | grep -q "\"state\":\"$3\""; }
attempts() { status "$1" "$2" | grep -o '"attempts":[0-9]*' | head -1 | cut -d: -f2; }
attempts_are() { [ "$(attempts "$1" "$2")" = "$3" ]; }
pending() { status "$1" "$2" | grep -q '"pending":{'; }
not() { ! "$@"; }
held() { "$bs" quarantine check "$3" --exe "$1" --data-dir "$2" --quiet; }
serves() { [ "$(curl -s -m 2 "http://127.0.0.1:$1/")" = "$2" ]; }
processes() { grep -ls "/$1\$" /proc/[0-9]*/cgroup | while read -r f; do cat "${f%cgroup}comm"; done | sort -u | tr '\n' ' '; }
swap() { "$bs" swap "$3" --to "$4" --exe "$1" --data-dir "$2" --quiet; }
script() { printf '#!/bin/sh\n%s\n' "$2" >"$1"; chmod 755 "$1"; }
confirmed() { state_is "$1" "$2" steady && not pending "$1" "$2"; }

# An nginx that answers with a text of its own: PORT TEXT
nginx_conf() { mkdir -p /opt/web; cat >"/opt/web/$1.conf" <<CONF
daemon off; master_process off; pid /run/nginx-$1.pid; error_log stderr;
events { }
http { access_log off; server { listen 127.0.0.1:$1; location / { return 200 "$2"; } } }
CONF
}
web=/opt/web/server
data=/var/lib/web
fast="--healthy-after 1s --probe-interval 200ms --probe-passes 2"

# A unit by hand: UNIT_NAME EXE EXTRA_RUN_OPTIONS EXTRA_SERVICE_LINES
hand_unit() {
  cat >"/etc/systemd/system/$1.service" <<UNIT
[Service]
ExecStart=$bs run --data-dir /var/lib/$1 $3 -- $2
ExecStopPost=$bs stopped --exe $2 --data-dir /var/lib/$1 --unit %n
Restart=always
RestartSec=100ms
StateDirectory=$1
$4
UNIT
  systemctl daemon-reload
}

# The third party server answers.
nats_up() { curl -sf -m 2 http://127.0.0.1:8222/healthz; }
