# shellcheck shell=bash
# Ten services on one machine: each has its name, its state and its settings.

ten() { for i in 0 1 2 3 4 5 6 7 8 9; do "$@" "$i" || return 1; done; }
ten_install() { script "/opt/ten$1/server" "exec sleep 100$1" && "$bs" service install "ten$1" "${steady[@]}" --max-attempts $((2 + $1)) -- "/opt/ten$1/server" --port "$1"; }
ten_confirmed() { confirmed "ten$1"; }
ten_leave() { [ "$1" = 0 ] || "$bs" service uninstall "ten$1" --purge; }

ten_services_are_installed_and_confirmed() {
  rm -f /etc/boot-sentinel/*.json
  ten ten_install && systemctl start ten{0..9} && until_ok 40 ten ten_confirmed || return 1
  say "bytes of the state and the kept builds of ten small services: $(du -bc /var/lib/boot-sentinel/ten? /opt/ten?/*.last-good /opt/ten?/*.boot-sentinel /etc/boot-sentinel /etc/systemd/system/ten?.service | tail -1 | cut -f1)"
}

one_of_ten_is_asked_for_by_name() {
  "$bs" status --name ten7 --json | grep -q '"exe":"/opt/ten7/server"' && "$bs" status --name ten7 | grep -q /opt/ten7/server
}

a_program_finds_its_service_and_its_settings() {
  script /opt/ten5/v2 'exec sleep 2005'
  "$bs" swap /opt/ten5/v2 --to 2.0.0 --exe /opt/ten5/server --quiet && "$bs" status --name ten5 | grep -q '2.0.0' &&
    "$bs" status --exe /opt/ten5/server --json | grep -q '"maxAttempts":7' && systemctl restart ten5 && until_ok 20 confirmed ten5
}

without_a_name_the_services_are_listed() {
  not "$bs" swap /opt/ten5/v2 --to 3.0.0 2>/run/said && grep -q 'ten0, ten1, ten2, ten3, ten4, ten5, ten6, ten7, ten8, ten9: add --name NAME' /run/said || return 1
  not "$bs" status --name ten17 2>/run/said && grep -q 'There is no service ten17 (registered: ten0, .*): did you mean ten1' /run/said
}

a_bad_build_of_one_leaves_the_other_nine_alone() {
  script /opt/ten3/bad 'exit 1'
  set_key ten3 maxAttempts 2
  recovers ten3 ten3 /opt/ten3/bad up ten3 || return 1
  for i in 0 1 2 4 5 6 7 8 9; do [ "$(prop ten$i NRestarts)" = 0 ] && ! held ten$i 6.6.6 || return 1; done
}

one_service_that_is_left_needs_no_name() {
  ten ten_leave && "$bs" status --json | grep -q '"exe":"/opt/ten0/server"' || return 1
  script /opt/ten0/v2 'exec sleep 2000'
  "$bs" swap /opt/ten0/v2 --to 2.0.0 --quiet && systemctl restart ten0 && until_ok 20 is_live ten0 2.0.0 &&
    until_ok 20 confirmed ten0 && "$bs" service uninstall ten0 --purge && [ -z "$(ls /etc/boot-sentinel 2>/dev/null)" ]
}

a_webhook_is_not_taken_from_the_command_line() {
  script /opt/secret/server 'exec sleep 1000'
  not "$bs" service install secret --webhook https://example.org/token -- /opt/secret/server &&
    BOOT_SENTINEL_WEBHOOK=https://example.org/token "$bs" service install secret -- /opt/secret/server &&
    [ "$(stat -c %a /etc/boot-sentinel/secret.json)" = 600 ] && not grep -rq token /etc/systemd/system/secret.service &&
    "$bs" service uninstall secret --purge
}
