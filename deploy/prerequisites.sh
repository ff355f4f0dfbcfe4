#!/usr/bin/env bash
# Makes sure that what Baoxue needs besides Go is there: installed by the
# system's package manager when that is permitted, else named in one line.
# Usage: prerequisites.sh postgres|node|chromium ...
set -euo pipefail

missing=()
for need in "$@"; do
  case "$need" in
    postgres)
      if [ -n "${BAOXUE_DATABASE_URL:-}" ] || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 ||
        { [ -n "${PG_BIN:-}" ] && [ -x "$PG_BIN/postgres" ]; } || command -v postgres >/dev/null; then continue; fi
      missing+=(postgresql) ;;
    node)
      if command -v node >/dev/null && command -v npm >/dev/null; then continue; fi
      missing+=(nodejs npm) ;;
    chromium)
      if command -v chromium >/dev/null; then continue; fi
      missing+=(chromium fonts-noto-cjk) ;;
    *) echo "prerequisites: unknown: $need" >&2; exit 2 ;;
  esac
done
[ ${#missing[@]} -eq 0 ] && exit 0

install=()
if command -v apt-get >/dev/null; then
  if [ "$(id -u)" = 0 ]; then
    install=(env DEBIAN_FRONTEND=noninteractive apt-get)
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    install=(sudo -n env DEBIAN_FRONTEND=noninteractive apt-get)
  fi
fi
if [ ${#install[@]} -eq 0 ]; then
  echo "please install: ${missing[*]}  (Debian: apt-get install ${missing[*]})" >&2
  exit 1
fi
# A cluster of the system's own is neither needed nor wanted.
if [ ! -e /etc/postgresql-common/createcluster.conf ] && [ "$(id -u)" = 0 ]; then
  mkdir -p /etc/postgresql-common
  echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
fi
echo "installing: ${missing[*]}" >&2
"${install[@]}" update -qq >&2
"${install[@]}" install -y -qq --no-install-recommends "${missing[@]}" >&2
