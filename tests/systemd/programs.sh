# shellcheck shell=bash
# Programs that the cases start.

# Serves on the socket that systemd has opened.
cat >/opt/socket_server <<'PERL'
#!/usr/bin/perl
open(my $s, "+<&=", 3) or die "no socket: $!";
while (accept(my $c, $s)) {
  syswrite $c, "HTTP/1.0 200 OK\r\n\r\nfds $ENV{LISTEN_FDS} mine " . ($ENV{LISTEN_PID} == $$ ? 1 : 0);
  close $c;
}
PERL

# Says READY=1 after a second.
cat >/opt/notify_server <<'PERL'
#!/usr/bin/perl
use Socket;
sleep 1;
socket(my $s, AF_UNIX, SOCK_DGRAM, 0);
send($s, "READY=1", 0, pack_sockaddr_un($ENV{NOTIFY_SOCKET}));
sleep 1000;
PERL
chmod 755 /opt/socket_server /opt/notify_server
