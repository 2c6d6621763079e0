# shellcheck shell=bash
# The way of a new user: from the .deb to a guarded nginx in three commands, and back.

packaged() { boot-sentinel "$@"; }

nginx_is_guarded_from_the_deb_in_three_commands() {
  [ -e /out/boot-sentinel.deb ] || { say "there is no .deb beside the executable: npm run package makes it"; return 1; }
  printf 'server { listen 127.0.0.1:80 default_server; location / { return 200 "from the package"; } }\n' >/etc/nginx/sites-enabled/default
  systemctl start nginx && until_ok 20 nginx_up || return 1
  rm -f /var/lib/man-db/auto-update # an index of all pages of the machine, made anew, is nothing to wait for
  # An image for containers may leave manuals out.
  dpkg -i --path-include='/usr/share/*' /out/boot-sentinel.deb &&
    packaged service install --drop-in nginx --start --probe http://127.0.0.1:80/ "${fast[@]}" &&
    packaged status || return 1
  until_ok 20 confirmed nginx && packaged doctor && grep -q 'ExecStartPre=-+/usr/bin/boot-sentinel check' /etc/systemd/system/nginx.service.d/50-boot-sentinel.conf
}

the_deb_has_this_executable_its_manual_and_the_completions() {
  cmp /usr/bin/boot-sentinel "$bs" && [ "$(packaged --version)" = "$("$bs" --version)" ] &&
    [ "$(dpkg-query -S /usr/bin/boot-sentinel)" = "boot-sentinel: /usr/bin/boot-sentinel" ] &&
    [ "$(man -w boot-sentinel)" = /usr/share/man/man1/boot-sentinel.1.gz ] && man -w boot-sentinel swap &&
    cmp /usr/share/bash-completion/completions/boot-sentinel <(packaged completions bash) &&
    cmp /usr/share/zsh/vendor-completions/_boot-sentinel <(packaged completions zsh) &&
    cmp /usr/share/fish/vendor_completions.d/boot-sentinel.fish <(packaged completions fish)
}

a_bad_nginx_is_put_back_by_the_packages_gate() {
  script /opt/bad/exits 'exit 1'
  recovers nginx nginx /opt/bad/exits nginx_up && state_is nginx rolled-back
}

the_package_is_installed_anew_while_a_watcher_runs() {
  variant /usr/sbin/nginx /opt/nginx.next
  set_key nginx healthyAfter '"2s"' && swap nginx /opt/nginx.next 9.9.9 && systemctl restart nginx && nginx_up &&
    dpkg -i /out/boot-sentinel.deb && until_ok 20 confirmed nginx && is_live nginx 9.9.9 && nginx_up
}

purge_asks_nothing_removes_the_settings_and_leaves_nginx_running() {
  local pid; pid=$(prop nginx MainPID)
  dpkg --purge boot-sentinel </dev/null >/run/said && cat /run/said || return 1
  grep -q 'No longer guarded:.* nginx' /run/said && [ ! -e /etc/boot-sentinel ] && [ ! -e /usr/bin/boot-sentinel ] || return 1
  [ "$(prop nginx MainPID)" = "$pid" ] && systemctl restart nginx && until_ok 20 nginx_up && [ "$(prop nginx MainPID)" != "$pid" ]
}

what_a_purge_left_in_the_unit_is_taken_out_by_uninstall() {
  "$bs" service uninstall nginx >/run/said && grep -q "^  $(state_of nginx)/" /run/said && [ ! -e /etc/systemd/system/nginx.service.d ] || return 1
  rm -r "$(state_of nginx)" /usr/sbin/nginx.*
  systemctl restart nginx && until_ok 20 nginx_up && systemctl stop nginx
}
