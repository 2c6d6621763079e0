# shellcheck shell=bash
# Services of a user's own manager, without root.

as_dev() { runuser -u dev -- env -i HOME=/home/dev USER=dev PATH="$PATH" XDG_RUNTIME_DIR="/run/user/$(id -u dev)" "$@"; }
dev_prop() { as_dev systemctl --user show -P "$2" "$1"; }
dev_status() { as_dev "$bs" status --name "$1" --json; }
dev_confirmed() { dev_status "$1" | grep -q '"pending":null' && dev_status "$1" | grep -q '"lastGood":{'; }
dev_attempts() { dev_status mine | grep -q "\"attempts\":$1"; }
dev_held() { as_dev "$bs" quarantine check "$2" --name "$1" --quiet; }
dev_up() { [ "$(dev_prop "$1" SubState)" = running ]; }

a_users_own_service_is_guarded_without_root() {
  useradd -m dev && systemctl start dbus.socket systemd-logind
  systemctl start "user@$(id -u dev)" && until_ok 20 as_dev systemctl --user is-system-running --wait || as_dev systemctl --user status | head -5
  mkdir -p /home/dev/bin; script /home/dev/bin/server 'trap "exit 1" TERM; sleep 1000 & wait'; script /home/dev/bin/bad 'exit 1'
  script /home/dev/bin/v2 'trap "exit 1" TERM; sleep 2000 & wait'; chown -R dev: /home/dev/bin
  as_dev "$bs" service install mine --start "${steady[@]}" -- /home/dev/bin/server || return 1
  until_ok 20 dev_confirmed mine && [ -e /home/dev/.config/boot-sentinel/mine.json ] &&
    [ -e /home/dev/.local/state/boot-sentinel/mine/.boot-record.json ] && not grep -q 'Exec.*+' /home/dev/.config/systemd/user/mine.service && as_dev "$bs" doctor --name mine
}

a_bad_build_of_a_users_service_is_put_back() {
  as_dev "$bs" swap /home/dev/bin/bad --to 6.6.6 --name mine --quiet || return 1
  local before; before=$(now)
  as_dev systemctl --user restart mine
  until_ok 40 dev_held mine 6.6.6 && until_ok 10 dev_up mine || return 1
  say "seconds to serving: $(since "$before") a user's own service ($(dev_prop mine NRestarts) restarts)"
}

restarts_of_a_users_service_on_request_do_not_count() {
  # It ends with 1 at SIGTERM.
  sed -i '/"healthyAfter"/d; s/^{/{ "healthyAfter": "20s",/' /home/dev/.config/boot-sentinel/mine.json
  as_dev "$bs" swap /home/dev/bin/v2 --to 2.0.0 --name mine --quiet || return 1
  for _ in 1 2 3 4; do as_dev systemctl --user restart mine && until_ok 5 dev_attempts 1 || return 1; done
  as_dev systemctl --user stop mine && dev_attempts 0 && not dev_held mine 2.0.0
}

ready_of_a_users_notify_service_is_heard() {
  as_dev mkdir -p /home/dev/.config/systemd/user; as_dev cp /opt/notify_server /home/dev/bin/ready
  as_dev sh -c 'printf "[Service]\nType=notify\nExecStart=/home/dev/bin/ready\n" >/home/dev/.config/systemd/user/ready.service'
  as_dev systemctl --user daemon-reload
  local cat; cat=$(as_dev systemctl --user cat ready)
  as_dev "$bs" service install --drop-in ready --probe notify "${fast[@]}" && as_dev systemctl --user start ready &&
    until_ok 20 dev_confirmed ready && as_dev "$bs" service uninstall ready --purge &&
    [ "$(as_dev systemctl --user cat ready)" = "$cat" ]
}

a_user_leaves_nothing_behind() {
  as_dev "$bs" service uninstall mine --purge >/run/said; cat /run/said
  grep -q '^2.0.0 is not confirmed' /run/said && [ ! -e /home/dev/.config/boot-sentinel ] && [ "$(ls -A /home/dev/bin | tr '\n' ' ')" = "bad ready server v2 " ] &&
    [ ! -e /home/dev/.config/systemd/user/mine.service ] && not dev_up mine
}
