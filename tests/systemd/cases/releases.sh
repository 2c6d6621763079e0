# shellcheck shell=bash
# Releases: directories that a link leads to, of an interpreted service.

# VERSION TEXT: a server whose answer is made of a module and of an asset
release() {
  mkdir -p "/opt/site/releases/$1/lib" "/opt/site/releases/$1/assets"
  printf '%s' "$2" >"/opt/site/releases/$1/assets/text"
  echo "module.exports = '$2'" >"/opt/site/releases/$1/lib/answer.js"
  cat >"/opt/site/releases/$1/app.js" <<'JS'
const { readFileSync } = require("fs");
const answer = require("./lib/answer.js");
require("http").createServer((_, out) =>
  out.end(`${answer} ${readFileSync(`${__dirname}/assets/text`)}`)
).listen(8077, "127.0.0.1");
JS
}
# Each answer that comes has both parts of one release.
mixed() { grep -vE '^(one one|two two|three three)?$' /run/answers; }
ask() { while [ -e /run/asking ]; do curl -s -m 1 http://127.0.0.1:8077/; echo; done >/run/answers; }

a_release_is_guarded_by_its_link() {
  release 1 one; release 2 two; release 3 three
  echo 'throw new Error("cannot find the database")' >/opt/site/releases/3/lib/answer.js
  ln -s releases/1 /opt/site/current
  unit site "ExecStart=$(PATH=$PATH:/usr/local/bin command -v node) /opt/site/current/app.js
Restart=always
RestartSec=100ms"
  refused 'guard /opt/site/current$' --drop-in site || return 1
  with=(--guard /opt/site/current --probe http://127.0.0.1:8077/ "${fast[@]}")
  guard site "${with[@]}" && "$bs" doctor --name site
}

a_release_is_deployed_by_a_flip() {
  "$bs" deploy /opt/site/releases/2 --to 2 --name site && serves 8077 "two two" &&
    [ "$(readlink /opt/site/current)" = releases/2 ] && is_live site 2
}

a_bad_release_comes_back_whole_and_no_answer_is_mixed() {
  touch /run/asking; ask & local asking=$!
  "$bs" deploy /opt/site/releases/3 --to 3 --name site >/run/site.out; [ $? = 1 ] || return 1
  until_ok 10 serves 8077 "two two"; rm /run/asking; wait $asking
  cat /run/site.out
  grep -q '^Not deployed: 3 failed; 2 was put back: .*last words: .*cannot find the database' /run/site.out &&
    [ "$(readlink /opt/site/current)" = releases/2 ] && [ -d /opt/site/releases/3 ] && not mixed
}

# Asks all the time, several at once, and counts each answer; ends when the file is gone.
load() { node_js -e '
const seen = {}, { existsSync, writeFileSync } = require("fs"), { get } = require("http");
const count = (answer) => seen[answer] = (seen[answer] ?? 0) + 1;
const ask = () => get("http://127.0.0.1:8077/", { agent: false }, (from) => {
  let text = ""; from.on("data", (data) => text += data).on("end", () => { count(text); next(); });
}).on("error", () => { count("no answer"); next(); });
const next = () => existsSync("/run/asking") ? setTimeout(ask, 3) : writeFileSync("/run/seen", JSON.stringify(seen));
for (let asker = 0; asker < 8; asker++) next();'; }
node_js() { PATH=$PATH:/usr/local/bin node "$@"; }
ten_bad_releases_under_load_give_no_mixed_answer() {
  touch /run/asking; load & local loading=$! round slowest=0 before took
  for round in 1 2 3 4 5 6 7 8 9 10; do
    until_ok 10 state_is site rolled-back; systemctl reset-failed site; "$bs" quarantine clear --all --name site >/dev/null
    before=$(now); "$bs" swap /opt/site/releases/3 --to 3 --name site --quiet && systemctl restart site
    until_ok 20 held site 3 && until_ok 20 serves 8077 "two two" || return 1
    took=$(since "$before"); slowest=$(printf '%s\n' "$slowest" "$took" | sort -g | tail -1)
  done
  rm /run/asking; wait $loading
  say "ten bad releases under load: $slowest s at most until they were put back; answers: $(cat /run/seen)"
  grep -q '"two two":[0-9]' /run/seen && ! grep -qE '"[^"]* [^"]*":' <(sed 's/"two two"//; s/"no answer"//' /run/seen)
}

a_link_that_a_deploy_tool_flips_is_on_probation() {
  until_ok 10 state_is site rolled-back; systemctl reset-failed site
  "$bs" quarantine clear --all --name site
  ln -sfn releases/3 /opt/site/current && systemctl restart site
  until_ok 20 serves 8077 "two two" && [ "$(readlink /opt/site/current)" = releases/2 ]
}

an_archive_becomes_a_release() {
  release 4 one && mv /opt/site/releases/4 /run/four && tar -C /run/four -czf /run/four.tgz . || return 1
  systemctl reset-failed site
  "$bs" deploy /run/four.tgz --to 4 --sha256 "$(sha256sum /run/four.tgz | cut -d' ' -f1)" --name site &&
    serves 8077 "one one" && [ "$(readlink /opt/site/current)" = releases/4 ] &&
    (cd /opt/site/releases/4 && sha256sum -c --quiet ../.boot-sentinel-4.manifest 2>/dev/null) || return 1
  printf 'cut' >/run/cut.tgz; "$bs" swap /run/cut.tgz --to 5 --name site; [ $? != 0 ] || return 1
  ! ls -A /opt/site/releases | grep -E '^(5|\.boot-sentinel-tmp)'
}

a_clean_up_that_takes_last_good_is_told() {
  mv /opt/site/releases/4 /opt/site/releases/4.away && "$bs" status --name site --check; [ $? = 1 ] || return 1
  mv /opt/site/releases/4.away /opt/site/releases/4
  "$bs" service uninstall site --purge && systemctl stop site
}
