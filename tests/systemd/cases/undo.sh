# shellcheck shell=bash
# An installation that takes a healthy service down is undone.

a_service_that_is_not_up_with_the_gate_is_as_before() {
  script /opt/undo/server 'test -e /etc/systemd/system/undo.service.d && exit 1; exec sleep 1000'
  unit undo "ExecStart=/opt/undo/server"
  local cat; cat=$(systemctl cat undo)
  systemctl start undo || return 1
  not "$bs" service install --drop-in undo --start "${steady[@]}" 2>/run/said || return 1
  cat /run/said
  grep -q 'everything was undone, it is up again as it was before' /run/said && up undo && [ "$(systemctl cat undo)" = "$cat" ] &&
    [ ! -e /etc/boot-sentinel/undo.json ] && [ ! -e /etc/systemd/system/undo.service.d ] &&
    [ ! -e "$(state_of undo)" ] && systemctl stop undo
}

a_program_that_starts_only_once_is_told_apart() {
  script /opt/undo/once 'test -e /run/started && exit 1; touch /run/started; exec sleep 1000'
  unit once-only "ExecStart=/opt/undo/once"
  systemctl start once-only || return 1
  not "$bs" service install --drop-in once-only --start "${steady[@]}" 2>/run/said || return 1
  cat /run/said
  grep -q 'everything was undone, and it is not up without the gate either' /run/said && [ ! -e /etc/boot-sentinel/once-only.json ] &&
    [ ! -e /etc/systemd/system/once-only.service.d ]
}

a_service_that_was_not_up_before_stays_installed() {
  script /opt/undo/broken 'exit 1'
  unit broken "ExecStart=/opt/undo/broken"
  not "$bs" service install --drop-in broken --start "${steady[@]}" 2>/run/said && grep -q 'it was not up before either' /run/said &&
    [ -e /etc/boot-sentinel/broken.json ] && systemctl stop broken && "$bs" service uninstall broken --purge
}

a_new_service_that_does_not_start_says_why() {
  # systemd gives it up after its start limit; the pause of a second between the starts is left out here.
  mkdir -p /etc/systemd/system/fresh.service.d; printf '[Service]\nRestartSec=50ms\n' >/etc/systemd/system/fresh.service.d/own.conf
  not "$bs" service install fresh --start "${steady[@]}" -- /opt/undo/broken 2>/run/said && cat /run/said &&
    grep -q 'fresh.service' /run/said && "$bs" service uninstall fresh --purge
}
