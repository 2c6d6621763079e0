# shellcheck shell=bash
# The herd: the timer asks it, and it withholds an update, never a start.

herd_url=nats://127.0.0.1:14222
# Starts the server with the configuration that `herd init` prints.
herd_server() {
  "$bs" herd init --app flock --machines 1 --dir /root/flock |
    sed 's#/var/lib/nats#/run/nats#; s#^listen: .*#listen: "127.0.0.1:14222"#' >/run/flock.conf || return 1
  systemd-run --quiet --unit=flock-server nats-server -c /run/flock.conf
  until_ok 10 "$bs" herd init --app flock --machines 1 --dir /root/flock --herd "$herd_url"
}
synced() { systemctl start boot-sentinel-herd-flock.service; }

join_starts_a_timer_that_syncs() {
  herd_server || return 1
  mkdir -p /opt/flock; script /opt/flock/server 'exec sleep 1000'
  "$bs" service install flock --start "${steady[@]}" -- /opt/flock/server && until_ok 20 confirmed flock || return 1
  "$bs" herd keygen /root/flock.key >/run/flock.pub &&
    "$bs" herd join "$herd_url" --creds /root/flock/machine-1.nk --name flock --herd-keys "$(cat /run/flock.pub)" || return 1
  [ "$(prop boot-sentinel-herd-flock.timer ActiveState)" = active ] || return 1
  synced && [ "$(prop boot-sentinel-herd-flock.service Result)" = success ] && [ -e "$(state_of flock)/.boot-herd.json" ] &&
    "$bs" doctor --name flock | tee /run/flock.out && grep -q 'herd timer .*is asked by a timer' /run/flock.out &&
    grep -q 'herd answer .*answered' /run/flock.out
}

swap_is_refused_when_the_herd_refuses() {
  variant /opt/flock/server /opt/flock/v2
  "$bs" herd refuse --file /opt/flock/v2 --reason 'loses orders' --herd-key /root/flock.key --herd "$herd_url" \
    --herd-app flock --herd-creds /root/flock/operator.nk && synced || return 1
  "$bs" swap /opt/flock/v2 --to 2.0.0 --name flock >/run/flock.out 2>&1; [ $? = 1 ] || return 1
  cat /run/flock.out; grep -q 'refused by the herd.*loses orders' /run/flock.out && not is_live flock 2.0.0
}

a_service_starts_with_the_herd_down() {
  systemctl stop flock-server
  systemctl restart flock && until_ok 20 up flock && until_ok 20 confirmed flock || return 1
  # Offline is no error, and the last answer stands.
  synced && not swap flock /opt/flock/v2 2.0.0 && "$bs" doctor --name flock
}

a_refused_build_that_runs_is_started() {
  # Whoever has the herd stops updates, and no service.
  cp /opt/flock/v2 /opt/flock/server.new && mv /opt/flock/server.new /opt/flock/server
  systemctl restart flock && until_ok 20 confirmed flock && up flock &&
    [ "$(sha256sum </opt/flock/server)" = "$(sha256sum </opt/flock/v2)" ]
}

doctor_tells_that_the_timer_is_gone() {
  systemctl disable --now boot-sentinel-herd-flock.timer
  "$bs" doctor --name flock >/run/flock.out; [ $? = 1 ] || return 1
  grep -q 'no timer asks the herd' /run/flock.out
}

uninstall_takes_the_timer_along() {
  "$bs" service uninstall flock --purge && not systemctl cat boot-sentinel-herd-flock.timer &&
    not systemctl cat boot-sentinel-herd-flock.service
}
