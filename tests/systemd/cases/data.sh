# shellcheck shell=bash
# A service whose data are kept with its builds: --data.
ledger_is() { [ "$(cat /srv/ledger/db)" = "$1" ]; }

a_first_build_with_data_is_guarded_and_kept() {
  # In this machine's own root, an overlay, no directory can be put in the place of another for sure.
  mount -t tmpfs -o mode=755 tmpfs /srv && mkdir /srv/ledger && echo "of 1" >/srv/ledger/db && chown -R 65534 /srv/ledger
  script /opt/ledger/server 'exec sleep 1000'
  "$bs" service install ledger --start --data /srv/ledger --probe uptime:1s "${fast[@]}" -- /opt/ledger/server || return 1
  until_ok 20 confirmed ledger && "$bs" doctor --name ledger && [ "$(ls -A /srv)" = ledger ]
}

a_build_that_migrates_its_data_and_crashes_comes_back_with_its_old_data() {
  script /opt/ledger/v2 'echo "of 2" >/srv/ledger/db; exit 1'
  recovers ledger ledger /opt/ledger/v2 up ledger && ledger_is "of 1" || return 1
  [ "$(cat /srv/ledger.boot-sentinel-6.6.6-*/db)" = "of 2" ] && [ "$(stat -c %u /srv/ledger/db)" = 65534 ] || return 1
  "$bs" status --name ledger | grep -q 'the newer ones lie at /srv/ledger.boot-sentinel-6.6.6-' || return 1
  "$bs" history --name ledger | grep -q 'the newer ones lie at' && not ls -d /srv/.boot-sentinel-data-*
}

a_rollback_by_hand_waits_until_the_service_is_stopped() {
  script /opt/ledger/v3 'echo "of 3" >/srv/ledger/db; exec 3>>/srv/ledger/db; sleep 1000'
  set_key ledger healthyAfter '"60s"' # it is not confirmed meanwhile
  swap ledger /opt/ledger/v3 3.0.0 && systemctl reset-failed ledger && systemctl restart ledger || return 1
  until_ok 10 ledger_is "of 3" && ls -d /srv/.boot-sentinel-data-* || return 1
  not "$bs" rollback --name ledger && ledger_is "of 3" && systemctl stop ledger || return 1
  "$bs" rollback --name ledger && ledger_is "of 1" && systemctl start ledger && until_ok 10 up ledger && ledger_is "of 1"
}
