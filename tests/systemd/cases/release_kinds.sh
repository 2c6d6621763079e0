# shellcheck shell=bash
# Releases of real services: what npm, a virtual environment and a jar with its lib folder make of them. Each answers
# with a text of its code and one of an asset. 1 and 2 are good; 3 lacks something that its main file needs.

# NAME PORT EXEC_START: release 1 is live and guarded. Relative paths stay in the release that was started.
is_guarded() {
  ln -s releases/1 "/opt/$1/current"
  unit "$1" "ExecStart=$3
WorkingDirectory=/opt/$1/current
Environment=PYTHONDONTWRITEBYTECODE=1
Restart=always
RestartSec=100ms"
  guard "$1" --guard "/opt/$1/current" --probe "http://127.0.0.1:$2/" "${fast[@]}" &&
    "$bs" doctor --name "$1" && serves "$2" "one one"
}
# NAME PORT LAST_WORDS: 2 is confirmed, and put back when 3 fails.
comes_back() {
  "$bs" deploy "/opt/$1/releases/2" --to 2 --name "$1" && serves "$2" "two two" || return 1
  local before; before=$(now)
  "$bs" deploy "/opt/$1/releases/3" --to 3 --name "$1" >/run/kind.out; [ $? = 1 ] || return 1
  until_ok 10 serves "$2" "two two"; cat /run/kind.out
  say "seconds to serving: $(since "$before") $1 ($(find "/opt/$1/releases/2" -type f | wc -l) files)"
  grep -q "^Not deployed: 3 failed; 2 was put back: .*last words: .*$3" /run/kind.out &&
    [ "$(readlink "/opt/$1/current")" = releases/2 ] && is_live "$1" 2 && "$bs" doctor --name "$1"
}
is_left() { "$bs" service uninstall "$1" --purge && systemctl stop "$1"; }
# NAME VERSION TEXT: the part that all kinds have
asset() { mkdir -p "/opt/$1/releases/$2/lib" "/opt/$1/releases/$2/assets"; printf '%s' "$3" >"/opt/$1/releases/$2/assets/text"; }

express_release() {
  asset express "$1" "$2"
  cp -a /out/express/node_modules "/opt/express/releases/$1/" || return 1
  echo "module.exports = '$2'" >"/opt/express/releases/$1/lib/answer.js"
  cat >"/opt/express/releases/$1/app.js" <<'JS'
const { readFileSync } = require("fs");
const answer = require("./lib/answer.js");
require("express")().get("/", (_, out) => out.send(`${answer} ${readFileSync(`${__dirname}/assets/text`)}`))
  .listen(8079, "127.0.0.1");
JS
}
an_express_release_comes_back_with_node_modules() {
  [ -e /out/express/node_modules ] || { say "npm ci did not work on this machine"; return 1; }
  express_release 1 one && express_release 2 two && express_release 3 three || return 1
  echo 'throw new Error("cannot find the database")' >/opt/express/releases/3/lib/answer.js
  is_guarded express 8079 "$(PATH=$PATH:/usr/local/bin command -v node) /opt/express/current/app.js" &&
    comes_back express 8079 "cannot find the database"
}
an_express_release_without_a_package_comes_back() {
  express_release 4 four && rm -r /opt/express/releases/4/node_modules/qs || return 1
  until_ok 10 state_is express rolled-back; systemctl reset-failed express
  "$bs" deploy /opt/express/releases/4 --to 4 --name express; [ $? = 1 ] || return 1
  until_ok 10 serves 8079 "two two" && is_left express
}

flask_release() {
  asset flask "$1" "$2"
  /usr/bin/python3 -m venv --system-site-packages --without-pip "/opt/flask/releases/$1/venv" || return 1
  echo "TEXT = '$2'" >"/opt/flask/releases/$1/lib/answer.py"
  cat >"/opt/flask/releases/$1/app.py" <<'PY'
from flask import Flask
from lib.answer import TEXT

app = Flask(__name__)


@app.get("/")
def answer():
    return f"{TEXT} {open('assets/text').read()}"


app.run("127.0.0.1", 8080)
PY
}
a_flask_release_comes_back_with_its_environment() {
  flask_release 1 one && flask_release 2 two && flask_release 3 three || return 1
  echo 'import database_driver' >/opt/flask/releases/3/lib/answer.py
  is_guarded flask 8080 "/opt/flask/current/venv/bin/python3 /opt/flask/current/app.py" &&
    comes_back flask 8080 "No module named 'database_driver'"
}
# The interpreter of an environment is a link to that of the system, unless it is asked for copies.
an_environment_in_an_archive_needs_copies() {
  tar -C /opt/flask/releases/1 -czf /run/linked.tgz . && said=$("$bs" swap /run/linked.tgz --to 4 --name flask 2>&1) && return 1
  echo "$said"; grep -q 'is a link to "/usr/bin/python3"' <<<"$said" || return 1
  cp -a /opt/flask/releases/1 /run/copied && rm -r /run/copied/venv && printf five >/run/copied/assets/text &&
    /usr/bin/python3 -m venv --system-site-packages --without-pip --copies /run/copied/venv &&
    tar -C /run/copied -czf /run/copied.tgz . && rm -r /run/copied || return 1
  until_ok 10 state_is flask rolled-back; systemctl reset-failed flask
  "$bs" deploy /run/copied.tgz --to 5 --name flask && serves 8080 "one five" && is_left flask
}

jar_release() {
  asset jar "$1" "$2"
  cp /out/jar/app.jar "/opt/jar/releases/$1/" && cp "/out/jar/answer-$2.jar" "/opt/jar/releases/$1/lib/answer.jar"
}
a_jar_comes_back_with_its_lib_folder() {
  [ -e /out/jar/app.jar ] || { say "a jar needs a JDK (apt-get install default-jdk-headless), which is not installed"; return 77; }
  jar_release 1 one && jar_release 2 two && jar_release 3 two && rm /opt/jar/releases/3/lib/answer.jar || return 1
  is_guarded jar 8081 "$(command -v java) -jar /opt/jar/current/app.jar" &&
    comes_back jar 8081 "ClassNotFoundException: Answer" && is_left jar
}
