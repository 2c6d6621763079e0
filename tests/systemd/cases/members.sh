# shellcheck shell=bash
# Files that go and come back with the builds: a configuration file, and a drop-in of the unit.
limits=/etc/systemd/system/pair.service.d/limits.conf
# The open files that the program of this start may have, and the configuration that it read.
runs_with() { up pair && [ "$(cat /run/pair.saw)" = "$1 $2" ]; }
reloads() { wc -l </run/reloads; }
# Files for a build: LIMIT TEXT
brings() {
  printf '[Service]\nLimitNOFILE=%s\n' "$1" >/run/limits.conf; echo "$2" >/run/pair.conf
  with_files=(--with-file "$limits=/run/limits.conf" --with-file /etc/pair.d/pair.conf=/run/pair.conf)
}

a_drop_in_and_a_configuration_are_guarded_with_the_program() {
  # systemd runs the generators whenever it reads its unit files.
  script /etc/systemd/system-generators/count 'echo read >>/run/reloads'
  script /opt/pair/server 'echo "$(ulimit -n) $(cat /etc/pair.d/pair.conf)" >/run/pair.saw; exec sleep 1000'
  unit pair "ExecStart=/opt/pair/server
Restart=always
RestartSec=100ms"
  mkdir -p /etc/pair.d "${limits%/*}" && brings 1111 one && cp /run/limits.conf "$limits" && cp /run/pair.conf /etc/pair.d/
  refused 'link.conf is a symbolic link' --drop-in pair --with /etc/pair.d/link.conf < <(ln -s pair.conf /etc/pair.d/link.conf) || return 1
  guard pair --with "$limits" --with /etc/pair.d/pair.conf "${steady[@]}" && runs_with 1111 one &&
    "$bs" doctor --name pair | grep -q '2 of 2 can be put back with last-good'
}

an_update_brings_its_files_with_one_daemon_reload() {
  local before; variant /opt/pair/server /opt/pair/v2; brings 2222 two; before=$(reloads)
  "$bs" deploy /opt/pair/v2 --to 2 --name pair "${with_files[@]}" && runs_with 2222 two && [ "$(reloads)" = $((before + 1)) ]
}

a_bad_update_goes_with_its_files_and_no_boot_reloads() {
  local before; script /opt/pair/v3 'exit 1'; brings 3333 three; before=$(reloads)
  "$bs" deploy /opt/pair/v3 --to 3 --name pair "${with_files[@]}"; [ $? = 1 ] || return 1
  until_ok 10 up pair && grep -q 2222 "$limits" && [ "$(cat /etc/pair.d/pair.conf)" = two ] || return 1
  [ "$(reloads)" = $((before + 1)) ] && "$bs" history --name pair | grep -q 'systemd has to read its unit files again' || return 1
  # The program was started with the limits that systemd knows still; the next stop has it read the files.
  runs_with 3333 two && "$bs" status --name pair --json | grep -q '"reload-needed"' && systemctl restart pair || return 1
  until_ok 10 runs_with 2222 two && [ "$(reloads)" = $((before + 2)) ] || return 1
  not grep -q '"reload-needed"' < <("$bs" status --name pair --json)
}

a_purge_leaves_the_files_and_none_of_their_copies() {
  "$bs" service uninstall pair --purge && [ ! -e "$(state_of pair)" ] && grep -q 2222 "$limits" &&
    [ "$(ls /etc/pair.d)" = "link.conf
pair.conf" ] && systemctl stop pair; local code=$?
  rm /etc/systemd/system-generators/count; return $code
}
