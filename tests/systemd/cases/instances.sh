# shellcheck shell=bash
# Templates, and units that share a program: a state for each program, a count for each unit.

pool=/opt/pool/server
pool_runs() { for i in 1 2 3 4; do [ "$(cat /run/pool.$i 2>/dev/null)" = "$1" ] && [ "$(prop "pool@$i" SubState)" = running ] || return 1; done; }
# A build that tells its version: VERSION
pool_build() { script "/opt/pool/$1" "echo $1 >/run/pool.\$1; exec sleep 1000"; }

a_template_with_four_instances_is_guarded() {
  pool_build v1; cp /opt/pool/v1 $pool
  unit pool@ "ExecStart=$pool %i"
  pool_cat=$(systemctl cat pool@)
  systemctl start pool@{1..4} && until_ok 10 pool_runs v1 || return 1
  "$bs" service install --drop-in pool@.service --start "${steady[@]}" >/run/said || return 1
  grep -q 'pool@1.service, pool@2.service, pool@3.service, pool@4.service is up' /run/said || return 1
  until_ok 20 confirmed pool@ && pool_runs v1 && "$bs" doctor --name pool@ --unit pool@1.service
}

a_good_update_of_four_instances_is_one_probation() {
  pool_build v2
  swap pool@ /opt/pool/v2 2.0.0 && systemctl restart 'pool@*' && until_ok 20 pool_runs v2 || return 1
  until_ok 20 confirmed pool@ && is_live pool@ 2.0.0 && not held pool@ 2.0.0 && pool_runs v2
}

restarting_all_instances_three_times_rolls_nothing_back() {
  pool_build v3
  swap pool@ /opt/pool/v3 3.0.0 || return 1
  for _ in 1 2 3; do systemctl reset-failed 'pool@*'; systemctl restart 'pool@*' || return 1; done
  until_ok 20 confirmed pool@ && pool_runs v3 && not held pool@ 3.0.0
}

a_bad_update_that_one_instance_meets_is_rolled_back_once() {
  # It crashes in the third instance only.
  script /opt/pool/bad 'echo bad >/run/pool.$1; [ $1 = 3 ] && { sleep 0.2; exit 1; }; exec sleep 1000'
  set_key pool@ healthyAfter '"20s"' 
  local before
  swap pool@ /opt/pool/bad 6.6.6 || return 1
  before=$(now)
  systemctl restart 'pool@*'
  until_ok 30 held pool@ 6.6.6 && until_ok 10 grep -q v3 /run/pool.3 || return 1
  say "seconds to serving: $(since "$before") pool@3, one of four instances"
  [ "$(grep -c rolled-back "$(state_of pool@)/.boot-history.jsonl")" = 1 ] && cmp $pool /opt/pool/v3 || return 1
  # The others run on until they are restarted, and then have the build that was put back.
  [ "$(prop pool@1 NRestarts)" = 0 ] && systemctl restart 'pool@*' && until_ok 10 pool_runs v3
}

leaving_a_template_leaves_it_as_it_was() {
  "$bs" service uninstall pool@ --purge && [ "$(systemctl cat pool@)" = "$pool_cat" ] && systemctl stop 'pool@*' &&
    [ ! -e "$(state_of pool@)" ] && [ ! -e $pool.last-good ]
}

two_units_that_share_a_program_share_its_state() {
  script /opt/shared/server 'exec sleep 1000'
  unit left "ExecStart=/opt/shared/server a"
  unit right "ExecStart=/opt/shared/server b"
  guard left "${steady[@]}" || return 1
  "$bs" service install --drop-in right --start "${steady[@]}" || return 1
  [ ! -e "$(state_of right)" ] && [ "$(status right)" = "$(status left)" ] || return 1
  script /opt/shared/v2 'exec sleep 1001'
  swap left /opt/shared/v2 2.0.0 && systemctl restart left right && until_ok 20 confirmed right && is_live right 2.0.0
}

a_bad_build_of_a_shared_program_is_rolled_back_for_both() {
  script /opt/shared/bad 'exit 1'
  recovers right right /opt/shared/bad up right && systemctl restart left && until_ok 10 up left && held left 6.6.6
}

leaving_one_of_two_units_keeps_the_others_state() {
  "$bs" service uninstall left --purge >/run/said && grep -q 'which right.json uses as well' /run/said &&
    [ -e /opt/shared/server.last-good ] && held right 6.6.6 && "$bs" service uninstall right --purge &&
    [ ! -e /opt/shared/server.last-good ] && systemctl stop left right
}
