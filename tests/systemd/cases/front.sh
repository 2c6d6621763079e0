# shellcheck shell=bash
# `run` in front of the program, in a unit by hand: the gate becomes the program.

# NAME PROGRAM RUN_OPTIONS LINES_OF_THE_SERVICE
front() {
  unit "$1" "ExecStart=$bs run --data-dir /var/lib/$1 $3 -- $2
ExecStopPost=$bs stopped --exe $2 --data-dir /var/lib/$1 --unit %n
Restart=always
RestartSec=100ms
StateDirectory=$1
$4"
}
quick="--probe uptime:1s ${fast[*]}"

the_gate_in_front_becomes_the_program_and_keeps_it() {
  script /opt/front/server 'exec sleep 1000'
  front front /opt/front/server "$quick --healthy-deadline 3s" ""
  systemctl start front && until_ok 20 confirmed /opt/front/server && until_ok 10 alone front sleep &&
    [ "$(cat "/proc/$(prop front MainPID)/comm")" = sleep ]
}

a_bad_build_behind_the_gate_is_rolled_back() {
  script /opt/front/bad 'exit 1'
  recovers /opt/front/server front /opt/front/bad alone front sleep && [ "$(prop front NRestarts)" = 3 ]
}

a_hung_build_behind_the_gate_is_rolled_back() {
  script /opt/front/hung 'trap "" TERM; while :; do sleep 1; done'
  front front /opt/front/server "--probe exec:false --healthy-after 0s --probe-interval 200ms --healthy-deadline 1s --stop-timeout 300ms --max-attempts 2" ""
  "$bs" quarantine clear 6.6.6 --exe /opt/front/server --quiet
  recovers /opt/front/server front /opt/front/hung grep -q 'sleep 1000' /opt/front/server
}

leaving_with_75_after_a_rollback_takes_one_restart_more() {
  front front /opt/front/server "$quick --after-rollback exit" ""
  "$bs" quarantine clear 6.6.6 --exe /opt/front/server --quiet
  recovers /opt/front/server front /opt/front/bad alone front sleep && [ "$(prop front NRestarts)" = 4 ]
}

a_listening_socket_reaches_the_program_behind_the_gate() {
  mkdir -p /opt/sock; cp /opt/socket_server /opt/sock/server
  printf '[Socket]\nListenStream=127.0.0.1:8090\n' >/etc/systemd/system/sock.socket
  front sock /opt/sock/server "--probe tcp://127.0.0.1:8090 ${fast[*]}" ""
  systemctl start sock.socket && until_ok 20 serves 8090 "fds 1 mine 1" && until_ok 20 test -x /opt/sock/server.last-good
}

a_bad_build_behind_a_socket_drops_no_listener() {
  script /opt/sock/bad 'exit 1'
  recovers /opt/sock/server sock /opt/sock/bad serves 8090 "fds 1 mine 1" && [ "$(prop sock.socket ActiveState)" = active ] &&
    systemctl stop sock.socket sock
}

ready_of_a_notify_program_is_a_probe() {
  mkdir -p /opt/notify; cp /opt/notify_server /opt/notify/server
  front notify /opt/notify/server "--probe notify ${fast[*]}" "Type=notify"
  systemctl start notify && until_ok 20 test -x /opt/notify/server.last-good && [ "$(prop notify StatusErrno)" = 0 ]
}

a_build_that_never_says_ready_is_rolled_back() {
  script /opt/notify/mute 'exec sleep 1000'
  front notify /opt/notify/server "--probe notify ${fast[*]} --max-attempts 2 --healthy-deadline 2s" "Type=notify"
  swap /opt/notify/server /opt/notify/mute 2.0.0 && systemctl restart --no-block notify
  until_ok 40 held /opt/notify/server 2.0.0 && until_ok 20 systemctl is-active notify && systemctl stop notify
}

confirm_wait_confirms_from_exec_start_post() {
  script /opt/wait/server 'exec sleep 1000'
  front wait /opt/wait/server "--confirm manual" \
    "ExecStartPost=$bs confirm --wait --exe /opt/wait/server --data-dir /var/lib/wait --probe uptime:1s --healthy-after 1s --probe-interval 200ms"
  systemctl start wait && [ -x /opt/wait/server.last-good ] && alone wait sleep
}

three_attempts_fit_into_systemds_default_start_limit() {
  script /opt/wait/bad 'exit 1'
  swap /opt/wait/server /opt/wait/bad 2.0.0 && systemctl restart wait
  until_ok 30 systemctl is-active wait && held /opt/wait/server 2.0.0 && systemctl stop wait
}

the_environment_is_blamed_when_the_restored_build_fails_alike() {
  script /opt/env/server 'test -e /run/no-display && exit 1; exec sleep 1000'
  front env /opt/env/server "--max-attempts 2 $quick" "[Unit]
StartLimitIntervalSec=0"
  systemctl start env && until_ok 20 test -x /opt/env/server.last-good || return 1
  touch /run/no-display
  script /opt/env/v2 'test -e /run/no-display && exit 1; exec sleep 1001'
  swap /opt/env/server /opt/env/v2 2.0.0 && systemctl restart env
  until_ok 30 grep -q '"doubtful":true' /var/lib/env/.boot-quarantine.json || return 1
  status /opt/env/server | grep -q 'check the environment' || return 1
  rm /run/no-display
  until_ok 30 not held /opt/env/server 2.0.0 && systemctl stop env
}

a_service_of_another_user_is_guarded_with_that_users_rights() {
  script /opt/user/server 'exec sleep 1000'; chown -R nobody: /opt/user
  front user /opt/user/server "$quick" "User=nobody
KillMode=mixed"
  systemctl start user && until_ok 20 test -x /opt/user/server.last-good || return 1
  script /opt/user/v2 'exec sleep 1001'
  swap /opt/user/server /opt/user/v2 2.0.0
  for _ in 1 2 3; do
    systemctl reset-failed user; systemctl restart user && until_ok 10 attempts_are /opt/user/server 1 &&
      systemctl stop user && attempts_are /opt/user/server 0 || return 1
  done
  script /opt/user/bad 'exit 1'
  swap /opt/user/server /opt/user/bad 3.0.0
  systemctl reset-failed user; systemctl start user
  until_ok 30 held /opt/user/server 3.0.0 && until_ok 20 systemctl is-active user &&
    [ "$(stat -c %U /opt/user/server)" = nobody ] && systemctl stop user
}

a_deaf_grandchild_does_not_spoil_a_stop() {
  script /opt/deaf/server '(trap "" TERM; sleep 1000) & exec sleep 1000'
  front deaf /opt/deaf/server "$quick" "KillMode=mixed
TimeoutStopSec=3"
  systemctl start deaf && until_ok 20 test -x /opt/deaf/server.last-good && systemctl stop deaf &&
    [ "$(prop deaf Result)" = success ]
}

instances_of_a_template_by_hand_count_apart() {
  script /opt/hand/server 'exec sleep 1000'
  front hand@ /opt/hand/server "--confirm manual" ""
  systemctl start hand@{1..4} && "$bs" confirm --exe /opt/hand/server --data-dir /var/lib/hand@ || return 1
  script /opt/hand/v2 'exec sleep 1001'
  swap /opt/hand/server /opt/hand/v2 2.0.0 && systemctl restart 'hand@*' || return 1
  until_ok 10 attempts_are /opt/hand/server 1 && not held /opt/hand/server 2.0.0 && systemctl stop 'hand@*'
}

a_supervisor_keeps_what_each_boot_wrote_into_the_journal() {
  script /opt/sup/server 'exec sleep 1000' && "$bs" confirm --exe /opt/sup/server --data-dir /var/lib/sup --quiet
  script /opt/sup/bad 'echo "failed at $$" >&2; kill -ABRT $$'
  "$bs" swap /opt/sup/bad --to 2.0.0 --exe /opt/sup/server --data-dir /var/lib/sup --quiet
  systemd-run --quiet --unit=sup "$bs" run --supervise --restart on-failure --max-attempts 2 --data-dir /var/lib/sup -- /opt/sup/server
  until_ok 10 grep -q 'sleep 1000' /opt/sup/server && systemctl stop sup
  "$bs" quarantine list --exe /opt/sup/server --data-dir /var/lib/sup --json | tee /run/sup.json
  [ "$(grep -o '"how":"SIGABRT","words":\["failed at [0-9]*"\]' /run/sup.json | sort -u | wc -l)" = 2 ]
}
