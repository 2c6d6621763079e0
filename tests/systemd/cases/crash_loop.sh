# shellcheck shell=bash
# A confirmed build that stops starting, since its configuration is broken by hand.

rescues() { grep -c crash-looping /run/crashy.rescued; }
restarts_are() { [ "$(prop crashy NRestarts)" -ge "$1" ]; }

a_confirmed_build_that_stops_starting_is_told_and_rescued_once() {
  script /opt/crashy/server '[ -e /run/crashy.conf ] || { echo "no configuration" >&2; exit 1; }; exec sleep 1000'
  touch /run/crashy.conf
  "$bs" service install crashy --start "${steady[@]}" --crash-loop 3 \
    --rescue 'echo "$BOOT_SENTINEL_EVENT $(cat)" >>/run/crashy.rescued' -- /opt/crashy/server &&
    until_ok 20 confirmed crashy || return 1
  mkdir -p /etc/systemd/system/crashy.service.d
  printf '[Service]\nRestartSec=50ms\n' >/etc/systemd/system/crashy.service.d/own.conf; systemctl daemon-reload
  mv /run/crashy.conf /run/crashy.away
  systemctl kill -s KILL crashy
  until_ok 20 state_is crashy crash-looping && until_ok 20 restarts_are 6 && [ "$(rescues)" = 1 ] || return 1
  not "$bs" status --name crashy --check || return 1
  # It is the same build, and no other was put in its place.
  not grep -q '"rolled-back"' "$(state_of crashy)/.boot-history.jsonl" &&
    "$bs" history --name crashy | grep -q 'crash-looping .*3 times in a row, .*: exit 1; last words: no configuration$'
}

a_mended_build_is_steady_again_by_itself() {
  mv /run/crashy.away /run/crashy.conf
  systemctl reset-failed crashy; systemctl start crashy
  until_ok 20 confirmed crashy && up crashy && until_ok 10 alone crashy sleep && [ "$(rescues)" = 1 ] || return 1
  # A stop on request is no crash, and neither is the end of a start that lasted.
  systemctl restart crashy && systemctl stop crashy && [ ! -e "$(state_of crashy)/.boot-crashes.json" ]
  local answer=$?
  "$bs" service uninstall crashy --purge
  return $answer
}
