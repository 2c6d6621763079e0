#!/usr/bin/env bash
# Runs inside the machine that run.sh boots. Each case is a function named after its fact, in four words at least; it fails
# by returning non-zero, and is skipped by returning 77, after it has said why. The cases of a file run in its order, and build on each other.
# shellcheck source=helpers.sh
set -u
PATH=/usr/sbin:/usr/bin:/sbin:/bin
bs=/opt/sentinel/boot-sentinel
exec >>/out/log 2>&1

. /cases/helpers.sh
. /cases/programs.sh
for file in /cases/cases/*.sh; do . "$file"; done

cases_of() { grep -hoE '^[a-z0-9]+(_[a-z0-9]+){3,}\(\)' "$@" | tr -d '()'; }
# A word that is no case names a file of cases.
only=$(for word in $(cat /out/only 2>/dev/null); do
  if [ -e "/cases/cases/$word.sh" ]; then cases_of "/cases/cases/$word.sh"; else echo "$word"; fi
done)
for case in ${only:-$(cases_of /cases/cases/*.sh)}; do
  echo "== $case"
  journal_from=$(date +%s.%N)
  "$case"; code=$?
  if [ $code = 0 ]; then echo "ok $case, $(since "$journal_from") s" >>/out/result
  elif [ $code = 77 ]; then echo "skipped $case" >>/out/result; else
    echo "not ok $case, $(since "$journal_from") s" >>/out/result
    { echo "== $case"; journalctl --no-pager -o short-precise --since "@$journal_from"; systemctl --no-pager --failed; } >>/out/failures 2>&1
  fi
done
echo done >>/out/result
