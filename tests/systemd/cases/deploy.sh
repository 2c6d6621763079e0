# shellcheck shell=bash
# `deploy`: one command, one answer.

shipped() { serves 8099 "$1"; }
# VERSION ANSWER: a server that answers with a text
shipment() {
  mkdir -p /opt/ship
  cat >"/opt/ship/$1" <<PERL
#!/usr/bin/perl
use IO::Socket::INET;
my \$s = IO::Socket::INET->new(LocalAddr => "127.0.0.1:8099", Listen => 5, ReuseAddr => 1) or die "port: \$!";
while (my \$c = \$s->accept) { <\$c>; print \$c "HTTP/1.0 200 OK\\r\\n\\r\\n$2"; close \$c }
PERL
  chmod 755 "/opt/ship/$1"
}
deploy() { "$bs" deploy "$@" --name ship; }

deploy_of_a_good_build_ends_with_0() {
  shipment v1 one && cp /opt/ship/v1 /opt/ship/server
  "$bs" service install ship --start --probe http://127.0.0.1:8099/ "${fast[@]}" --healthy-deadline 3s -- \
    /opt/ship/server && until_ok 20 confirmed ship || return 1
  printf '[Service]\nRestartSec=100ms\n' >/etc/systemd/system/ship.service.d.conf; mkdir -p /etc/systemd/system/ship.service.d
  mv /etc/systemd/system/ship.service.d.conf /etc/systemd/system/ship.service.d/own.conf; systemctl daemon-reload
  shipment v2 two
  deploy /opt/ship/v2 --to 2.0.0 | tee /run/ship.out && shipped two && confirmed ship && is_live ship 2.0.0 &&
    grep -q '^Restarting: systemctl restart --no-block ship.service$' /run/ship.out &&
    tail -n 1 /run/ship.out | grep -q '^Deployed: 2.0.0 is confirmed$'
}

deploy_of_a_crashing_build_ends_with_1_and_says_why() {
  local before; before=$(now)
  script /opt/ship/bad 'echo "opening the database" >&2; echo "cannot migrate, password=hunter2" >&2; exit 1'
  deploy /opt/ship/bad --to 3.0.0 >/run/ship.out; [ $? = 1 ] || return 1
  say "seconds to the answer for a crashing build: $(since "$before")"
  cat /run/ship.out
  tail -n 3 /run/ship.out | head -n 1 | grep -q '^Not deployed: 3.0.0 failed; 2.0.0 was put back: not confirmed in 3 boots: exit 1 ×3; last words: cannot migrate, password=\*\*\*$' &&
    tail -n 2 /run/ship.out | diff - <(printf '    | opening the database\n    | cannot migrate, password=***\n') &&
    "$bs" status --name ship | grep -q '| opening the database$' && until_ok 10 shipped two
}

deploy_of_a_quarantined_build_ends_with_1_at_once() {
  systemctl reset-failed ship
  deploy /opt/ship/bad --to 3.0.0; [ $? = 1 ] && shipped two
}

deploy_of_a_hung_build_ends_with_1() {
  script /opt/ship/hung 'echo "waiting for the disk" >&2; exec sleep 1000'
  set_key ship maxAttempts 2
  deploy /opt/ship/hung --to 4.0.0 >/run/ship.out; [ $? = 1 ] || return 1
  cat /run/ship.out
  tail -n 1 /run/ship.out | grep -q 'not healthy after .* s: http://127.0.0.1:8099/: .*; last words: waiting for the disk$' &&
    until_ok 10 shipped two
}

deploy_of_what_cannot_be_started_ends_with_1_and_changes_nothing() {
  echo text >/opt/ship/text && chmod 755 /opt/ship/text
  head -c 5000 "$bs" >/opt/ship/cut && chmod 755 /opt/ship/cut
  for file in text cut missing; do deploy "/opt/ship/$file" --to 4.1.0; [ $? != 0 ] || return 1; done
  shipped two && is_live ship 2.0.0
}

a_second_deploy_at_the_same_time_ends_with_1() {
  local first
  shipment v6 six; shipment v7 seven
  systemctl reset-failed ship
  deploy /opt/ship/v6 --to 6.0.0 >/run/ship.out & first=$!
  until_ok 10 grep -q '^Restarting' /run/ship.out || return 1
  deploy /opt/ship/v7 --to 7.0.0; [ $? = 1 ] || return 1
  wait $first && shipped six && is_live ship 6.0.0 && not held ship 7.0.0
}

deploy_that_is_not_decided_in_time_ends_with_2_and_goes_on() {
  shipment v5 five
  systemctl reset-failed ship
  deploy /opt/ship/v5 --to 5.0.0 --timeout 100ms >/run/ship.out; [ $? = 2 ] || return 1
  cat /run/ship.out
  # Whether its first boot was counted by then is chance.
  grep -qE 'not decided in time.* goes on' /run/ship.out && until_ok 20 is_live ship 5.0.0 && until_ok 20 confirmed ship &&
    "$bs" service uninstall ship --purge
}

deploy_waits_for_ready_of_a_notify_service() {
  mkdir -p /opt/note; cp /opt/notify_server /opt/note/server; variant /opt/notify_server /opt/note/v2
  "$bs" service install note --type notify --start --probe notify "${fast[@]}" -- /opt/note/server &&
    until_ok 20 confirmed note && "$bs" deploy /opt/note/v2 --to 2.0.0 --name note && is_live note 2.0.0 &&
    "$bs" service uninstall note --purge
}

deploy_restarts_a_supervised_service_in_a_pid_namespace() {
  local box
  sed 's/8099/8098/; s/200 OK/& /' /opt/ship/v2 >/opt/ship/boxed && chmod 755 /opt/ship/boxed
  mkdir -p /opt/box && cp /opt/ship/boxed /opt/box/server
  variant /opt/ship/boxed /opt/box/v2; script /opt/box/bad 'echo no >&2; exit 3'
  unshare --fork --pid --mount-proc --kill-child "$bs" run --supervise --restart on-failure \
    --probe http://127.0.0.1:8098/ "${fast[@]}" -- /opt/box/server & box=$!
  until_ok 20 confirmed /opt/box/server && "$bs" deploy /opt/box/v2 --to 2.0.0 --exe /opt/box/server || return 1
  "$bs" deploy /opt/box/bad --to 3.0.0 --exe /opt/box/server; [ $? = 1 ] || return 1
  until_ok 10 serves 8098 two && is_live /opt/box/server 2.0.0 && kill $box
}
