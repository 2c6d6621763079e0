# shellcheck shell=bash
# A new service by `service install NAME -- EXE`: the gate stands beside it, in ExecStartPre=, ExecStartPost= and ExecStopPost=.
web=/opt/web/server

web_up() { serves 8080 hello; }

a_first_start_keeps_the_build_as_last_good() {
  nginx_conf /opt/web 8080 hello
  cp /usr/sbin/nginx $web
  "$bs" service install web --start --probe http://127.0.0.1:8080/#body=hello "${fast[@]}" --healthy-deadline 3s -- \
    $web -c /opt/web/8080.conf || return 1
  web_up && until_ok 20 test -x $web.last-good && until_ok 5 confirmed web && "$bs" doctor --name web
}

a_steady_service_has_nothing_of_the_gate_beside_it() {
  until_ok 10 alone web server && [ "$(readlink "/proc/$(prop web MainPID)/exe")" = $web ] || return 1
  # The journal name is the program's own, and so are its words.
  [ "$(tr '\0' ' ' <"/proc/$(prop web MainPID)/cmdline")" = "$web -c /opt/web/8080.conf " ]
}

a_steady_restart_starts_no_watcher() {
  systemctl restart web && until_ok 10 web_up && alone web server
}

a_bad_build_is_rolled_back_by_systemds_own_restarts() {
  script /opt/web/bad 'exit 1'
  recovers web web /opt/web/bad web_up && cmp $web /usr/sbin/nginx && state_is web rolled-back && [ "$(prop web NRestarts)" = 3 ]
}

the_restored_build_is_found_healthy_and_the_watcher_leaves() {
  until_ok 20 grep -q '"healthy":"' "$(state_of web)/.boot-record.json" && until_ok 10 alone web server
  local answer=$?
  # The pause of a second between two starts is left out in the cases that follow.
  mkdir -p /etc/systemd/system/web.service.d; printf '[Service]\nRestartSec=100ms\n' >/etc/systemd/system/web.service.d/own.conf
  systemctl daemon-reload
  return $answer
}

ten_stops_during_probation_are_no_crash() {
  variant /usr/sbin/nginx /opt/web/v3
  swap web /opt/web/v3 3.0.0 && systemctl stop web || return 1
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    systemctl reset-failed web # ten starts by hand in a few seconds are no sign of anything
    systemctl start web && until_ok 10 web_up && systemctl stop web && attempts_are web 0 || return 1
  done
  systemctl reset-failed web
  systemctl start web && until_ok 20 confirmed web && not held web 3.0.0 && cmp $web.last-good /opt/web/v3
}

restarts_on_request_during_probation_are_no_crash() {
  variant /opt/web/v3 /opt/web/v4
  swap web /opt/web/v4 4.0.0 || return 1
  for _ in 1 2 3 4 5; do
    systemctl reset-failed web
    systemctl restart web && until_ok 10 web_up && until_ok 10 attempts_are web 1 || return 1
  done
  until_ok 20 confirmed web && is_live web 4.0.0
}

a_hung_build_is_rolled_back_without_outside_help() {
  # Runs for ever, answers nothing, and is deaf to SIGTERM.
  script /opt/web/hung 'trap "" TERM; while :; do sleep 1; done'
  set_key web stopTimeout '"500ms"' && set_key web maxAttempts 2
  "$bs" quarantine clear 6.6.6 --name web --quiet
  recovers web web /opt/web/hung web_up && cmp $web /opt/web/v4
}

a_power_cut_costs_one_attempt() {
  set_key web maxAttempts 3
  variant /opt/web/v4 /opt/web/v6
  until_ok 20 alone web server # the watcher of the restored build has left
  swap web /opt/web/v6 6.0.0 && systemctl restart web && until_ok 10 web_up || return 1
  # All at once and without a word, as a cut leaves it.
  systemctl kill --kill-whom=all -s KILL web
  until_ok 10 web_up && [ "$(attempts web)" = 2 ] && until_ok 20 confirmed web
}

an_unasked_exit_with_0_counts() {
  script /opt/web/quits 'exit 0'
  swap web /opt/web/quits 7.0.0 || return 1
  systemctl restart web # it may end while it starts, which is a failed job
  until_ok 30 held web 7.0.0 && until_ok 10 web_up
}

a_build_that_ends_with_78_is_rolled_back() {
  script /opt/web/misconfigured 'exit 78'
  swap web /opt/web/misconfigured 7.8.0 || return 1
  systemctl restart web
  until_ok 30 held web 7.8.0 && until_ok 10 web_up
}

a_build_that_was_declared_bad_is_put_back_at_the_next_start() {
  variant /opt/web/v6 /opt/web/v8
  swap web /opt/web/v8 8.0.0 && "$bs" fail "does not answer right" --name web --quiet && systemctl restart web &&
    until_ok 10 web_up && held web 8.0.0 && cmp $web /opt/web/v6
}

uninstall_with_an_unconfirmed_build_says_so() {
  variant /opt/web/v8 /opt/web/v9
  swap web /opt/web/v9 9.0.0 || return 1
  "$bs" service uninstall web >/run/said && grep -q '^9.0.0 is not confirmed' /run/said
}

uninstall_stops_the_service_and_leaves_its_files() {
  [ ! -e /etc/systemd/system/web.service ] && [ ! -e /etc/boot-sentinel/web.json ] && [ -x $web ] &&
    [ -e "$(state_of web)/.boot-record.json" ] && not systemctl is-active web && grep -q "$web.last-good" /run/said
}

purge_removes_everything_but_the_program() {
  script /opt/gone/server 'exec sleep 1000'
  "$bs" service install gone --start "${steady[@]}" -- /opt/gone/server && until_ok 20 confirmed gone || return 1
  script /opt/gone/v2 'exec sleep 1001'
  swap gone /opt/gone/v2 2.0.0 && systemctl restart gone && until_ok 20 confirmed gone || return 1
  "$bs" service uninstall gone --purge && [ "$(ls -A /opt/gone | tr '\n' ' ')" = "server v2 " ] && [ ! -e "$(state_of gone)" ] && [ ! -e /etc/boot-sentinel/gone.json ] && not systemctl cat gone
}

variables_of_the_machine_take_neither_gate_nor_service_over() {
  mkdir -p /run/systemd/system.conf.d
  script /opt/taken/server 'env >/run/taken.env; exec sleep 1000'
  printf '[Manager]\nDefaultEnvironment=BUN_BE_BUN=1 BUN_OPTIONS=--version KEPT=1\n' >/run/systemd/system.conf.d/taken.conf
  systemctl daemon-reload
  "$bs" service install taken --start "${steady[@]}" -- /opt/taken/server && until_ok 20 grep -q KEPT=1 /run/taken.env &&
    until_ok 20 confirmed taken && { script /opt/taken/bad 'exit 1'; recovers taken taken /opt/taken/bad up taken; }
  local answer=$?
  "$bs" service uninstall taken
  rm -r /run/systemd/system.conf.d; systemctl daemon-reload
  return $answer
}
