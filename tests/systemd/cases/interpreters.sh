# shellcheck shell=bash
# Services whose program is an interpreter: the file that it reads is guarded.

# A Node service that answers with a text: FILE PORT TEXT
node_app() { mkdir -p "$(dirname "$1")"; cat >"$1" <<JS
require("node:http").createServer((_, answer) => answer.end("$3")).listen($2, "127.0.0.1");
JS
}
node=$(command -v node || echo /usr/local/bin/node)
app_up() { serves 8070 one; }

an_interpreter_is_refused_with_the_line_that_works() {
  node_app /opt/app/app.js 8070 one
  unit app "ExecStart=$node /opt/app/app.js"
  systemctl start app && until_ok 20 app_up || return 1
  cat=$(systemctl cat app); sum=$(sha256sum <"$node")
  refused "Cannot guard app.service: $node only runs another program" --drop-in app --start || return 1
  local said line
  said=$("$bs" service install --drop-in app 2>&1)
  line=$(grep -o 'boot-sentinel service install .*' <<<"$said")
  echo "the line: $line"
  eval "$bs ${line#boot-sentinel } --start --probe http://127.0.0.1:8070/#body=one ${fast[*]}" && until_ok 20 confirmed app &&
    [ -e /opt/app/app.js.last-good ] && [ ! -e "$node.last-good" ] && "$bs" doctor --name app
}

a_bad_script_is_put_back_and_the_interpreter_is_left_alone() {
  echo 'throw new Error("cannot migrate the database")' >/opt/app/bad.js
  recovers app app /opt/app/bad.js app_up && [ "$(sha256sum <"$node")" = "$sum" ] && grep -q one /opt/app/app.js
}

a_script_that_serves_the_wrong_answer_is_put_back() {
  node_app /opt/app/wrong.js 8070 two
  set_key app healthyDeadline '"2s"' && set_key app maxAttempts 1
  "$bs" quarantine clear 6.6.6 --name app --quiet
  recovers app app /opt/app/wrong.js app_up
}

a_good_script_is_confirmed_and_kept() {
  node_app /opt/app/good.js 8070 one; echo '// two' >>/opt/app/good.js
  swap app /opt/app/good.js 2.0.0 && systemctl restart app && until_ok 20 confirmed app && is_live app 2.0.0 &&
    cmp /opt/app/app.js.last-good /opt/app/good.js
}

leaving_an_interpreters_unit_leaves_it_as_it_was() {
  "$bs" service uninstall app --purge && [ "$(systemctl cat app)" = "$cat" ] && systemctl restart app && until_ok 20 app_up &&
    systemctl stop app && [ "$(ls -A /opt/app | grep -c 'app.js')" = 1 ]
}

wrappers_are_refused_with_the_program_behind_them() {
  script /opt/behind/server 'exec sleep 1000'
  unit behind "ExecStart=/usr/bin/env A=1 /opt/behind/server"
  refused 'guard /opt/behind/server' --drop-in behind || return 1
  unit behind "ExecStart=/bin/sh -c 'exec /opt/behind/server'"
  refused 'Cannot guard behind.service: /bin/sh only runs' --drop-in behind || return 1
  refused 'Cannot guard py: /usr/bin/perl only runs .*--guard /opt/behind/server' py -- /usr/bin/perl /opt/behind/server
}
