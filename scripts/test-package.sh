#!/usr/bin/env bash
# A Debian package that only tests need: `chromium`, the browser that opens the page of `briefing
# serve`, or `postgresql`, for a warehouse in a lake; its cluster is not used, the tests make their
# own. Where it cannot be installed, the tests that need it are skipped and say so.
set -euo pipefail

case "${1:-}" in
    chromium) program=chromium skipped="the tests in a browser" ;;
    postgresql) program=initdb skipped="the tests of the lake" ;;
    *) echo "usage: $0 chromium|postgresql" >&2; exit 2 ;;
esac
PATH="$PATH$(printf ':%s' /usr/lib/postgresql/*/bin)"  # Debian keeps initdb out of the PATH
command -v "$program" >/dev/null && exit 0

give_up() { echo "$1; $skipped are skipped" >&2; exit 0; }
command -v apt-get >/dev/null || give_up "$1 is not there, and there is no apt-get to install it"
sudo=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || give_up "$1 is not there, and only root can install it"
    sudo=(sudo)
fi
echo "Installing $1 for $skipped"
"${sudo[@]}" apt-get update -qq || give_up "the package lists cannot be fetched"
"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "$1" >/dev/null || give_up "$1 cannot be installed"
