# shellcheck shell=bash
# Units with a sandbox, limits or an environment of their own: the gate beside them works outside of it.

a_dynamic_user_in_a_strict_sandbox_is_guarded() {
  cp /usr/bin/sleep /usr/local/bin/sandboxed
  unit sandbox "ExecStart=/usr/local/bin/sandboxed 1000
DynamicUser=yes
ProtectSystem=strict
NoExecPaths=/
ExecPaths=/usr/local/bin/sandboxed /usr/lib /lib
PrivateDevices=yes
SystemCallFilter=@system-service"
  cp /usr/bin/false /usr/local/bin/fails
  with=("${steady[@]}")
  guarded_and_left sandbox /usr/local/bin/sandboxed /usr/local/bin/fails up sandbox
}

file_capabilities_behind_protect_proc_are_no_obstacle() {
  mkdir -p /opt/caps; cp /usr/bin/sleep /opt/caps/server && setcap cap_net_bind_service=ep /opt/caps/server || return 1
  cp /usr/bin/false /opt/caps/fails
  unit caps "ExecStart=/opt/caps/server 1000
User=nobody
ProtectProc=invisible"
  with=("${steady[@]}")
  guarded_and_left caps /opt/caps/server /opt/caps/fails up caps && getcap /opt/caps/server | grep -q net_bind
}

a_path_without_the_systems_tools_is_no_obstacle() {
  # Its word READY=1 is heard, and stops on request do not count, though systemctl is not in that PATH.
  mkdir -p /opt/venv/bin; cp /opt/notify_server /opt/venv/bin/server
  unit venv "Type=notify
ExecStart=/opt/venv/bin/server
Environment=PATH=/opt/venv/bin"
  guard venv --probe notify "${fast[@]}" || return 1
  variant /opt/venv/bin/server /opt/venv/v2
  set_key venv healthyAfter '"20s"' 
  swap venv /opt/venv/v2 2.0.0 || return 1
  for _ in 1 2 3 4; do systemctl restart venv && attempts_are venv 1 || return 1; done
  set_key venv healthyAfter '"1s"' 
  systemctl restart venv && until_ok 20 confirmed venv && not held venv 2.0.0 &&
    "$bs" service uninstall venv --purge && systemctl stop venv
}

a_limit_under_which_the_gate_cannot_start_is_refused() {
  script /opt/limited/server 'exec sleep 1000'
  unit limited "ExecStart=/opt/limited/server
LimitAS=64M"
  refused 'Cannot guard limited.service, nothing was changed: .*LimitAS' --drop-in limited
}

a_gate_that_cannot_start_keeps_no_service_down() {
  unit limited "ExecStart=/opt/limited/server"
  guard limited "${steady[@]}" || return 1
  printf '[Service]\nLimitAS=64M\n' >/etc/systemd/system/limited.service.d/90-own.conf; systemctl daemon-reload
  systemctl restart limited && up limited && not "$bs" doctor --name limited || return 1
  rm /etc/systemd/system/limited.service.d/90-own.conf; systemctl daemon-reload
  "$bs" service uninstall limited && systemctl restart limited && up limited && systemctl stop limited
}

a_gate_that_was_removed_keeps_no_service_down() {
  cp $bs /opt/limited/gate
  /opt/limited/gate service install --drop-in limited --start "${steady[@]}" && rm /opt/limited/gate && systemctl restart limited &&
    up limited && "$bs" service uninstall limited --purge && systemctl stop limited
}

a_state_that_cannot_be_written_keeps_no_service_down() {
  script /opt/ro/server 'exec sleep 1000'
  unit ro "ExecStart=/opt/ro/server"
  guard ro "${steady[@]}" || return 1
  script /opt/ro/v2 'exec sleep 1001'
  swap ro /opt/ro/v2 2.0.0 || return 1
  mount --bind "$(state_of ro)" "$(state_of ro)" && mount -o remount,ro,bind "$(state_of ro)" || return 1
  systemctl restart ro && up ro
  local answer=$?
  umount "$(state_of ro)"
  [ $answer = 0 ] && systemctl restart ro && until_ok 20 confirmed ro && "$bs" service uninstall ro --purge && systemctl stop ro
}

a_listening_socket_stays_open_through_a_rollback() {
  cp /opt/socket_server /opt/bound
  printf '[Socket]\nListenStream=127.0.0.1:8091\n' >/etc/systemd/system/bound.socket
  unit bound "ExecStart=/opt/bound"
  script /opt/bound_bad 'exit 1'
  systemctl start bound.socket && until_ok 20 serves 8091 "fds 1 mine 1" || return 1
  guard bound --probe tcp://127.0.0.1:8091 "${fast[@]}" || return 1
  recovers bound bound /opt/bound_bad serves 8091 "fds 1 mine 1" && [ "$(prop bound.socket ActiveState)" = active ] &&
    "$bs" service uninstall bound --purge && systemctl stop bound.socket bound
}

a_hand_written_drop_in_after_ours_changes_nothing_of_the_gate() {
  script /opt/later/server 'exec sleep 1000'
  unit later "ExecStart=/opt/later/server"
  guard later "${steady[@]}" || return 1
  printf '[Service]\nEnvironment=A=1\nExecStartPre=/bin/true\n' >/etc/systemd/system/later.service.d/90-own.conf
  systemctl daemon-reload
  script /opt/later/bad 'exit 1'
  recovers later later /opt/later/bad up later && "$bs" service uninstall later --purge &&
    [ "$(ls /etc/systemd/system/later.service.d)" = 90-own.conf ] && systemctl stop later
}

a_program_finds_all_as_it_is_without_the_gate() {
  # Its environment, signals, limits, descriptors, umask and folder.
  script /opt/facts/server '{ env | grep -vE "_ID=|_PID=|JOURNAL_STREAM" | sort; grep -E "^Sig[^Q]" /proc/self/status; cat /proc/$$/limits; ls /proc/$$/fd; umask; pwd; } >/run/facts.new; mv /run/facts.new /run/facts; exec sleep 1000'
  unit facts "ExecStart=/opt/facts/server
IgnoreSIGPIPE=no
LimitNOFILE=1000:2000
UMask=0027
WorkingDirectory=/opt
Environment=BUN_OPTIONS=--version A=1"
  systemctl start facts && until_ok 10 mv /run/facts /run/facts.before || return 1
  guard facts "${steady[@]}" >/run/said && "$bs" doctor --name facts && not grep -q 'passes BUN_OPTIONS' /run/said && diff /run/facts.before /run/facts && rm /run/facts || return 1
  script /opt/facts/bad 'exit 1'
  recovers facts facts /opt/facts/bad test -e /run/facts && diff /run/facts.before /run/facts &&
    "$bs" service uninstall facts --purge && systemctl stop facts
}

a_program_that_is_a_mount_of_its_own_is_refused() {
  script /opt/mounted/server 'exec sleep 1000'
  mount --bind /opt/mounted/server /opt/mounted/server || return 1
  unit mounted "ExecStart=/opt/mounted/server"
  refused 'Cannot guard mounted.service, nothing was changed: .*/opt/mounted/server' --drop-in mounted
  local answer=$?
  umount /opt/mounted/server
  return $answer
}

a_deployment_that_deletes_the_kept_build_is_told() {
  script /opt/synced/server 'exec sleep 1000'
  unit synced "ExecStart=/opt/synced/server"
  guard synced "${steady[@]}" || return 1
  # As rsync --delete does: the new build comes, and what else lies there goes.
  set_key synced healthyAfter '"60s"'
  script /opt/synced/server.new 'exec sleep 1001'; mv /opt/synced/server.new /opt/synced/server
  find /opt/synced -mindepth 1 ! -name server -delete
  systemctl restart synced && up synced && not "$bs" doctor --name synced && not "$bs" status --name synced --check || return 1
  state_is synced exposed && "$bs" service uninstall synced --purge && systemctl stop synced
}
