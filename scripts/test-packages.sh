#!/usr/bin/env bash
# What only the tests need: a browser that opens the page of `briefing serve`. Where it cannot be
# installed, the tests that need it are skipped and say so.
set -euo pipefail

command -v chromium >/dev/null && exit 0

give_up() { echo "$1; the tests in a browser are skipped" >&2; exit 0; }
command -v apt-get >/dev/null || give_up "chromium is not there, and there is no apt-get to install it"
sudo=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || give_up "chromium is not there, and only root can install it"
    sudo=(sudo)
fi
echo "Installing chromium for the tests"
"${sudo[@]}" apt-get update -qq || give_up "the package lists cannot be fetched"
"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends chromium >/dev/null || give_up "chromium cannot be installed"
