# shellcheck shell=bash
# What a unit has against a rollback, the drop-in mends; what a unit has of its own stays.

a_unit_that_is_never_started_again_is_mended() {
  script /opt/mend/server 'exec sleep 1000'; script /opt/mend/bad 'exit 78'
  unit mend "ExecStart=/opt/mend/server
Restart=no
RestartPreventExitStatus=78
TimeoutStartSec=1
[Unit]
StartLimitBurst=2
StartLimitIntervalSec=100"
  mend_cat=$(systemctl cat mend)
  systemctl start mend && guard mend "${steady[@]}" >/run/said || return 1
  cat /run/said
  for word in Restart=always RestartPreventExitStatus= TimeoutStartSec= "the start limit becomes"; do grep -q "Note: unit: $word" /run/said || return 1; done
  [ "$(prop mend Restart)" = always ] && [ "$(prop mend RestartPreventExitStatus)" = "" ] && [ "$(prop mend StartLimitBurst)" = 16 ]
}

a_build_that_ends_with_what_prevented_restarts_is_put_back() {
  recovers mend mend /opt/mend/bad up mend
}

leaving_a_mended_unit_leaves_it_as_it_was() {
  "$bs" service uninstall mend --purge && [ "$(systemctl cat mend)" = "$mend_cat" ] && [ "$(prop mend Restart)" = no ] &&
    [ "$(prop mend StartLimitBurst)" = 2 ] && systemctl stop mend
}

the_units_own_lines_are_kept_and_come_after_ours() {
  mkdir -p /opt/lines
  script /opt/lines/server 'echo "$1" >>/run/lines; [ "$1" = serve ] && exec sleep 1000; exit 0'
  unit lines "ExecStart=/opt/lines/server serve
ExecStartPre=/opt/lines/server pre1
ExecStartPre=-/opt/lines/server \"pre 2\"
ExecStartPost=/opt/lines/server post
ExecStopPost=/opt/lines/server stop-post"
  guard lines "${steady[@]}" && [ "$(tr '\n' ' ' </run/lines)" = "pre1 pre 2 serve post " ] || return 1
  systemctl show -P ExecStartPre lines | head -1 | grep -q 'boot-sentinel check --name lines --unit lines.service' &&
    systemctl stop lines && [ "$(tail -1 /run/lines)" = stop-post ]
}

a_build_that_fails_in_the_units_own_check_is_counted() {
  script /opt/lines/bad '[ "$1" = stop-post ] || exit 1'
  systemctl start lines && recovers lines lines /opt/lines/bad up lines && "$bs" service uninstall lines --purge && systemctl stop lines
}

a_new_notify_service_is_confirmed_by_its_ready() {
  mkdir -p /opt/ready; cp /opt/notify_server /opt/ready/server
  "$bs" service install ready --type notify --probe notify "${fast[@]}" -- /opt/ready/server && systemctl start ready &&
    [ "$(prop ready Type)" = notify ] && until_ok 20 confirmed ready
}

a_notify_build_that_never_says_ready_is_put_back() {
  # systemd starts the watcher after READY=1, so it is systemd's own limit that ends such a build.
  mkdir -p /etc/systemd/system/ready.service.d
  printf '[Service]\nTimeoutStartSec=2\n' >/etc/systemd/system/ready.service.d/own.conf; systemctl daemon-reload
  script /opt/ready/mute 'exec sleep 1000'
  set_key ready maxAttempts 2
  recovers ready ready /opt/ready/mute systemctl is-active ready && "$bs" service uninstall ready --purge &&
    rm -r /etc/systemd/system/ready.service.d
}

a_unit_without_a_restart_pause_survives_a_rollback() {
  script /opt/hasty/server 'exec sleep 1000'; script /opt/hasty/bad 'exit 1'
  unit hasty "ExecStart=/opt/hasty/server
Restart=on-failure
RestartSec=0"
  guard hasty "${steady[@]}" && recovers hasty hasty /opt/hasty/bad up hasty && "$bs" service uninstall hasty --purge && systemctl stop hasty
}
