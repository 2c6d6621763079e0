# shellcheck shell=bash
# Units of the distribution, untouched, with their own hardening.

nginx_up() { serves 80 "from the package"; }
nats_up() { [ "$(prop nats-server ActiveState)" = active ] && timeout 2 bash -c 'read -r -n 4 word </dev/tcp/127.0.0.1/4222; [ "$word" = INFO ]'; }
redis_up() { [ "$(redis-cli ping)" = PONG ]; }

debians_nginx_which_forks_is_guarded_and_left_as_it_was() {
  printf 'server { listen 127.0.0.1:80 default_server; location / { return 200 "from the package"; } }\n' >/etc/nginx/sites-enabled/default
  script /opt/bad/exits 'exit 1'
  with=(--probe http://127.0.0.1:80/ "${fast[@]}")
  guarded_and_left nginx /usr/sbin/nginx /opt/bad/exits nginx_up
}

debians_nats_server_is_guarded_and_left_as_it_was() {
  with=(--probe tcp://127.0.0.1:4222 "${fast[@]}")
  guarded_and_left nats-server /usr/sbin/nats-server /opt/bad/exits nats_up
}

debians_hardened_redis_is_guarded_and_left_as_it_was() {
  with=(--probe notify --probe tcp://127.0.0.1:6379 "${fast[@]}")
  # NoExecPaths=/ keeps a shell from running: a script fails with 203, before a line of it.
  guarded_and_left redis-server "$(realpath /usr/bin/redis-server)" /opt/bad/exits redis_up
}

a_hung_nats_server_is_ended_and_put_back() {
  systemctl start nats-server
  guard nats-server --probe tcp://127.0.0.1:4222 "${fast[@]}" --healthy-deadline 2s --max-attempts 2 || return 1
  script /opt/bad/hangs 'exec sleep 1000'
  recovers nats-server nats-server /opt/bad/hangs nats_up && "$bs" service uninstall nats-server --purge && systemctl stop nats-server
}
