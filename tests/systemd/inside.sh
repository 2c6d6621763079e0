#!/usr/bin/env bash
# Runs inside the machine that run.sh boots. Each case is a function named after its fact; it fails by returning non-zero.
# shellcheck source=helpers.sh
set -u
PATH=/usr/sbin:/usr/bin:/sbin:/bin
bs=/opt/sentinel/boot-sentinel
exec >>/out/log 2>&1

. /cases/helpers.sh

# --- cases -----------------------------------------------------------------------------------------------------

a_first_start_keeps_the_build_as_last_good() {
  nginx_conf 8080 hello
  cp /usr/sbin/nginx $web
  "$bs" service install web --start --probe http://127.0.0.1:8080/#body=hello $fast --healthy-deadline 3s -- \
    $web -c /opt/web/8080.conf || return 1
  until_ok 20 serves 8080 hello || return 1
  until_ok 20 test -x $web.last-good && confirmed $web $data
}

a_steady_service_is_its_own_main_process_with_nothing_beside_it() {
  until_ok 10 not pgrep -f "sentinel watch" || return 1
  [ "$(processes web.service)" = "server " ] && [ "$(cat "/proc/$(prop web MainPID)/comm")" = server ] &&
    [ "$(readlink "/proc/$(prop web MainPID)/exe")" = $web ] && ! systemctl status web | grep -v ExecStopPost | grep -q 'sentinel$'
}

a_steady_restart_starts_no_watcher() {
  systemctl restart web && until_ok 10 serves 8080 hello && [ "$(processes web.service)" = "server " ]
}

a_bad_build_is_rolled_back_by_systemds_own_restarts() {
  script /opt/web/bad 'exit 1'
  swap $web $data /opt/web/bad 2.0.0 || return 1
  local before; before=$(date +%s.%N)
  systemctl restart web
  until_ok 40 serves 8080 hello || return 1
  say "seconds from the restart with a bad build to serving again: $(echo "$(date +%s.%N) $before" | awk '{printf "%.2f", $1 - $2}') ($(prop web NRestarts) restarts by systemd, RestartSec=1)"
  held $web $data 2.0.0 && cmp $web /usr/sbin/nginx && state_is $web $data rolled-back && [ "$(prop web NRestarts)" = 3 ]
}

the_restored_build_is_found_healthy_and_the_watcher_leaves() {
  until_ok 20 grep -q '"healthy":"' $data/.boot-record.json && until_ok 10 not pgrep -f "sentinel watch" &&
    [ "$(processes web.service)" = "server " ]
}

ten_stops_during_probation_are_no_crash() {
  { cat /usr/sbin/nginx; echo; } >/opt/web/v3; chmod 755 /opt/web/v3
  swap $web $data /opt/web/v3 3.0.0 || return 1
  systemctl stop web
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    systemctl reset-failed web # ten starts by hand in a few seconds are no sign of anything
    systemctl start web || return 1
    until_ok 10 serves 8080 hello || return 1
    systemctl stop web || return 1
    [ "$(attempts $web $data)" = 0 ] || return 1
  done
  systemctl reset-failed web
  systemctl start web && until_ok 20 confirmed $web $data && ! held $web $data 3.0.0 && cmp $web.last-good /opt/web/v3
}

restarts_on_request_during_probation_are_no_crash() {
  { cat /usr/sbin/nginx; echo; echo; } >/opt/web/v4; chmod 755 /opt/web/v4
  swap $web $data /opt/web/v4 4.0.0 || return 1
  for _ in 1 2 3 4 5; do
    systemctl reset-failed web
    systemctl restart web || return 1
    # The second answer is the new process's: a request was on its way while the old one ended.
    until_ok 10 serves 8080 hello && until_ok 10 attempts_are $web $data 1 || return 1
  done
  until_ok 20 confirmed $web $data
}

a_hung_build_is_rolled_back_without_outside_help() {
  # Runs for ever, answers nothing, and is deaf to SIGTERM.
  script /opt/web/hung 'trap "" TERM; while :; do sleep 1; done'
  swap $web $data /opt/web/hung 5.0.0 || return 1
  sed -i 's/ run / run --stop-timeout 500ms --max-attempts 2 /' /etc/systemd/system/web.service; systemctl daemon-reload
  local before=$SECONDS
  systemctl restart web
  until_ok 60 serves 8080 hello || return 1
  say "seconds from the restart with a hung build to serving again: $((SECONDS - before)) (deadline 3 s, 2 attempts)"
  held $web $data 5.0.0 && cmp $web /opt/web/v4
}

the_rule_of_the_seed_takes_one_restart_more() {
  sed -i 's/ run / run --after-rollback exit /; s/--max-attempts 2/--max-attempts 3/' /etc/systemd/system/web.service; systemctl daemon-reload
  "$bs" quarantine clear 2.0.0 --exe $web --data-dir $data --quiet
  systemctl reset-failed web
  swap $web $data /opt/web/bad 2.0.0 || return 1
  local before; before=$(date +%s.%N)
  systemctl restart web
  until_ok 40 serves 8080 hello || return 1
  say "the same, leaving with 75 after the restore: $(echo "$(date +%s.%N) $before" | awk '{printf "%.2f", $1 - $2}') ($(prop web NRestarts) restarts by systemd)"
  held $web $data 2.0.0 && [ "$(prop web NRestarts)" = 4 ]
}

a_power_cut_costs_one_attempt() {
  { cat /usr/sbin/nginx; echo 6; } >/opt/web/v6; chmod 755 /opt/web/v6
  swap $web $data /opt/web/v6 6.0.0 || return 1
  systemctl restart web; until_ok 10 serves 8080 hello || return 1
  # All at once and without a word, as a cut leaves it.
  systemctl kill --kill-whom=all -s KILL web
  until_ok 10 serves 8080 hello && [ "$(attempts $web $data)" = 2 ] && until_ok 20 confirmed $web $data
}

an_unasked_exit_with_0_counts() {
  script /opt/web/quits 'exit 0'
  swap $web $data /opt/web/quits 7.0.0 && systemctl restart web && until_ok 30 serves 8080 hello && held $web $data 7.0.0
}

uninstall_stops_the_service_and_leaves_its_files() {
  "$bs" service uninstall web && [ ! -e /etc/systemd/system/web.service ] && [ -x $web ] && [ -e $data/.boot-record.json ] &&
    ! systemctl is-active web
}

a_variable_of_the_machine_takes_neither_gate_nor_service_over() {
  mkdir -p /opt/taken /run/systemd/system.conf.d
  # What takes a service over that somebody else compiled with Bun would reach it through the gate, too.
  script /opt/taken/server 'env >/run/taken.env; exec sleep 1000'
  printf '[Manager]\nDefaultEnvironment=BUN_BE_BUN=1 BUN_OPTIONS=--version DENO_V8_FLAGS=--x KEPT=1\n' >/run/systemd/system.conf.d/taken.conf
  systemctl daemon-reload
  "$bs" service install taken --start --confirm manual -- /opt/taken/server && until_ok 20 grep -q KEPT=1 /run/taken.env &&
    not grep -qE '^(BUN|DENO)_' /run/taken.env &&
    "$bs" doctor --exe /opt/taken/server --data-dir /var/lib/taken --unit taken --json | not grep -q '"check":"unit runtime"'
  local answer=$?
  "$bs" service uninstall taken
  rm -r /run/systemd/system.conf.d; systemctl daemon-reload
  return $answer
}

# An existing unit of a third party.
nats=/opt/nats/nats-server
nats_data=/var/lib/boot-sentinel/legacy
a_drop_in_guards_an_existing_unit() {
  mkdir -p /opt/nats; cp /usr/sbin/nats-server $nats
  cat >/etc/systemd/system/legacy.service <<UNIT
[Unit]
Description=a server that knows nothing of us
[Service]
ExecStart=$nats -a 127.0.0.1 \\
  -p 4222 -m 8222
UNIT
  systemctl daemon-reload && systemctl start legacy && until_ok 20 nats_up || return 1
  "$bs" service install --drop-in legacy --start --probe tcp://127.0.0.1:4222 --probe http://127.0.0.1:8222/healthz $fast || return 1
  until_ok 20 nats_up && until_ok 20 test -x $nats.last-good && until_ok 10 not pgrep -f "sentinel watch" || return 1
  [ "$(tr '\0' ' ' <"/proc/$(prop legacy MainPID)/cmdline")" = "$nats -a 127.0.0.1 -p 4222 -m 8222 " ]
}

a_bad_build_under_the_drop_in_is_rolled_back() {
  script /opt/nats/bad 'exit 3'
  swap $nats $nats_data /opt/nats/bad 9.0.0 && systemctl restart legacy && until_ok 30 nats_up && held $nats $nats_data 9.0.0
}

uninstalling_the_drop_in_leaves_the_unit_as_it_was() {
  "$bs" service uninstall --drop-in legacy && [ ! -e /etc/systemd/system/legacy.service.d ] && systemctl restart legacy &&
    until_ok 20 nats_up && [ "$(prop legacy Restart)" = no ] && systemctl stop legacy
}

socket_activation_reaches_the_service() {
  mkdir -p /opt/sock
  cat >/opt/sock/server <<'PERL'
#!/usr/bin/perl
open(my $s, "+<&=", 3) or die "no socket: $!";
while (accept(my $c, $s)) {
  syswrite $c, "HTTP/1.0 200 OK\r\n\r\nfds $ENV{LISTEN_FDS} mine " . ($ENV{LISTEN_PID} == $$ ? 1 : 0);
  close $c;
}
PERL
  chmod 755 /opt/sock/server
  printf '[Socket]\nListenStream=127.0.0.1:8090\n' >/etc/systemd/system/sock.socket
  hand_unit sock /opt/sock/server "--probe tcp://127.0.0.1:8090 $fast" ""
  systemctl start sock.socket && until_ok 20 serves 8090 "fds 1 mine 1" && until_ok 20 test -x /opt/sock/server.last-good
}

a_bad_build_behind_a_socket_drops_no_listener() {
  script /opt/sock/bad 'exit 1'
  swap /opt/sock/server /var/lib/sock /opt/sock/bad 2.0.0 && systemctl restart sock
  until_ok 30 serves 8090 "fds 1 mine 1" && held /opt/sock/server /var/lib/sock 2.0.0 && [ "$(prop sock.socket ActiveState)" = active ]
}

type_notify_works_and_its_word_is_a_probe() {
  mkdir -p /opt/notify
  cat >/opt/notify/server <<'PERL'
#!/usr/bin/perl
use Socket;
sleep 1;
socket(my $s, AF_UNIX, SOCK_DGRAM, 0);
send($s, "READY=1", 0, pack_sockaddr_un($ENV{NOTIFY_SOCKET}));
sleep 1000;
PERL
  chmod 755 /opt/notify/server
  hand_unit notify /opt/notify/server "--probe notify $fast" "Type=notify"
  systemctl start notify && until_ok 20 test -x /opt/notify/server.last-good && [ "$(prop notify StatusErrno)" = 0 ]
}

a_build_that_never_says_ready_is_rolled_back() {
  script /opt/notify/mute 'exec sleep 1000'
  sed -i 's/ run / run --max-attempts 2 --healthy-deadline 4s /' /etc/systemd/system/notify.service; systemctl daemon-reload
  swap /opt/notify/server /var/lib/notify /opt/notify/mute 2.0.0
  systemctl restart --no-block notify
  until_ok 40 held /opt/notify/server /var/lib/notify 2.0.0 && until_ok 20 systemctl is-active notify
}

confirm_wait_confirms_from_exec_start_post() {
  mkdir -p /opt/wait; script /opt/wait/server 'exec sleep 1000'
  hand_unit wait /opt/wait/server "--confirm manual" \
    "ExecStartPost=$bs confirm --wait --exe /opt/wait/server --data-dir /var/lib/wait --probe uptime:1s --healthy-after 1s --probe-interval 200ms"
  systemctl start wait && [ -x /opt/wait/server.last-good ] && [ "$(processes wait.service)" = "sleep " ]
}

three_attempts_fit_into_systemds_default_start_limit() {
  script /opt/wait/bad 'exit 1'
  swap /opt/wait/server /var/lib/wait /opt/wait/bad 2.0.0
  systemctl restart wait
  until_ok 30 systemctl is-active wait && held /opt/wait/server /var/lib/wait 2.0.0
}

the_environment_is_blamed_when_the_restored_build_fails_alike() {
  mkdir -p /opt/env; script /opt/env/server 'test -e /run/no-display && exit 1; exec sleep 1000'
  hand_unit env /opt/env/server "--max-attempts 2 --probe uptime:1s $fast" "[Unit]
StartLimitIntervalSec=0"
  systemctl start env && until_ok 20 test -x /opt/env/server.last-good || return 1
  touch /run/no-display
  script /opt/env/v2 'test -e /run/no-display && exit 1; exec sleep 1001'
  swap /opt/env/server /var/lib/env /opt/env/v2 2.0.0
  systemctl restart env
  until_ok 30 grep -q '"doubtful":true' /var/lib/env/.boot-quarantine.json || return 1
  status /opt/env/server /var/lib/env | grep -q 'check the environment' || return 1
  rm /run/no-display
  until_ok 30 not held /opt/env/server /var/lib/env 2.0.0
}

doctor_reads_the_live_unit() {
  doctor() { "$bs" doctor --exe /opt/wait/server --data-dir /var/lib/wait --unit wait --json "$@"; }
  doctor --max-attempts 3 | grep -q '"check":"start limit","code":"ok","verdict":"good"' &&
    doctor --max-attempts 5 | grep -q '"check":"start limit","code":"start-limit-too-low","verdict":"bad"' &&
    ! doctor --max-attempts 5 >/dev/null
}

a_service_of_another_user_is_guarded() {
  mkdir -p /opt/user; script /opt/user/server 'exec sleep 1000'; chown -R nobody: /opt/user
  hand_unit user /opt/user/server "--probe uptime:1s $fast" "User=nobody
KillMode=mixed"
  systemctl start user && until_ok 20 test -x /opt/user/server.last-good || return 1
  script /opt/user/v2 'exec sleep 1001'
  swap /opt/user/server /var/lib/user /opt/user/v2 2.0.0
  for _ in 1 2 3; do
    systemctl reset-failed user; systemctl restart user; sleep 0.3; systemctl stop user
    [ "$(attempts /opt/user/server /var/lib/user)" = 0 ] || return 1
  done
  script /opt/user/bad 'exit 1'
  swap /opt/user/server /var/lib/user /opt/user/bad 3.0.0
  systemctl reset-failed user; systemctl start user
  until_ok 30 held /opt/user/server /var/lib/user 3.0.0 && until_ok 20 systemctl is-active user &&
    [ "$(stat -c %U /opt/user/server)" = nobody ]
}

a_deaf_grandchild_does_not_spoil_a_stop() {
  mkdir -p /opt/deaf; script /opt/deaf/server '(trap "" TERM; sleep 1000) & exec sleep 1000'
  hand_unit deaf /opt/deaf/server "--probe uptime:1s $fast" "KillMode=mixed
TimeoutStopSec=3"
  systemctl start deaf && until_ok 20 test -x /opt/deaf/server.last-good && systemctl stop deaf &&
    [ "$(prop deaf Result)" = success ]
}

# --- run -------------------------------------------------------------------------------------------------------

cases=$(grep -o '^[a-z_0-9]*()' "$0" | tr -d '()')
for case in $(cat /out/only 2>/dev/null || echo $cases); do
  echo "== $case"
  journal_from=$(date +%s.%N)
  if "$case"; then echo "ok $case" >>/out/result; else
    echo "not ok $case" >>/out/result
    { echo "== $case"; journalctl --no-pager -o short-precise --since "@$journal_from"; systemctl --no-pager --failed; } >>/out/failures 2>&1
  fi
done
echo done >>/out/result
