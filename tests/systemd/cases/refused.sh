# shellcheck shell=bash
# What cannot be guarded is refused before anything changes, with the reason and what to do.

a_unit_that_runs_once_is_refused() {
  script /opt/refused/server 'exec sleep 1000'
  unit once "Type=oneshot
ExecStart=/opt/refused/server"
  refused 'Cannot guard once.service: its Type is oneshot.*nothing was changed' --drop-in once
}

a_unit_of_two_commands_is_refused() {
  unit two "Type=oneshot
ExecStart=/opt/refused/server
ExecStart=/opt/refused/server b"
  refused 'Cannot guard two.service: ' --drop-in two
}

a_gate_before_a_gate_is_refused() {
  unit gated "ExecStart=$bs run -- /opt/refused/server"
  refused 'Cannot guard gated.service: it is guarded already, by ' --drop-in gated || return 1
  unit gated "ExecStart=/opt/refused/server
ExecStartPre=$bs check --exe /opt/refused/server"
  refused 'Cannot guard gated.service: it is guarded already, by ' --drop-in gated || return 1
  refused 'starts its program through boot-sentinel already' again -- $bs run -- /opt/refused/server
}

a_service_that_is_installed_twice_is_gated_once() {
  unit twice "ExecStart=/opt/refused/server"
  "$bs" service install --drop-in twice "${steady[@]}" && "$bs" service install --drop-in twice "${steady[@]}" --max-attempts 5 &&
    [ "$(systemctl cat twice | grep -c 'boot-sentinel check')" = 1 ] && grep -q '"maxAttempts": 5' /etc/boot-sentinel/twice.json &&
    "$bs" service uninstall twice --purge
}

a_program_that_is_missing_is_refused() {
  unit missing "ExecStart=/opt/refused/none"
  refused 'its program /opt/refused/none does not exist' --drop-in missing &&
    refused 'its program /opt/refused/none does not exist' missing2 -- /opt/refused/none &&
    refused 'Cannot guard nowhere.service: No files found' --drop-in nowhere
}

a_file_to_guard_that_is_missing_is_refused() {
  unit script "ExecStart=/usr/bin/perl /opt/refused/app.pl"
  refused '/opt/refused/app.pl, the file to guard, does not exist' --drop-in script --guard /opt/refused/app.pl
}

a_socket_with_a_process_for_each_connection_is_refused() {
  printf '[Socket]\nListenStream=127.0.0.1:8092\nAccept=yes\n' >/etc/systemd/system/each.socket
  unit each@ "ExecStart=/opt/refused/server"
  refused 'its socket has Accept=yes: each connection would count as a boot' --drop-in each@.service
}

a_template_with_a_program_for_each_instance_is_refused() {
  unit own@ "ExecStart=/opt/%i/server"
  refused 'each of its instances has a program of its own' --drop-in own@.service
}

a_unit_in_another_root_is_refused() {
  unit jail "ExecStart=/opt/refused/server
RootDirectory=/srv"
  refused 'its program lies in another root, /srv' --drop-in jail
}

a_masked_unit_is_refused_and_says_how_to_unmask() {
  ln -s /dev/null /etc/systemd/system/masked.service; systemctl daemon-reload
  refused 'Cannot guard masked.service: it is masked.*systemctl unmask masked.service' --drop-in masked
}

a_later_drop_in_that_removes_our_lines_is_refused() {
  unit reset "ExecStart=/opt/refused/server"
  mkdir -p /etc/systemd/system/reset.service.d
  printf '[Service]\nExecStartPre=\nExecStartPre=/bin/true\n' >/etc/systemd/system/reset.service.d/90-own.conf; systemctl daemon-reload
  refused '90-own.conf removes the lines of drop-ins before it' --drop-in reset
}

files_of_others_are_neither_replaced_nor_removed() {
  refused 'a unit of this name exists.*--drop-in nginx' nginx -- /opt/refused/server || return 1
  unit foreign "ExecStart=/opt/refused/server"
  refused 'boot-sentinel did not write it' foreign -- /opt/refused/server || return 1
  not "$bs" service uninstall foreign && [ -e /etc/systemd/system/foreign.service ] || return 1
  not "$bs" service install ../evil -- /opt/refused/server && not "$bs" service uninstall never-installed
}

showing_a_service_changes_nothing() {
  unit shown "ExecStart=/opt/refused/server
RestartPreventExitStatus=78"
  local before; before=$(ls -R /etc/systemd /etc/boot-sentinel /var/lib/boot-sentinel)
  "$bs" service show --drop-in shown >/run/said && grep -q '^ExecStartPre=-+/opt/sentinel/boot-sentinel check --name shown --unit %n$' /run/said &&
    grep -q 'RestartPreventExitStatus= is emptied' /run/said && [ "$(ls -R /etc/systemd /etc/boot-sentinel /var/lib/boot-sentinel)" = "$before" ]
}
