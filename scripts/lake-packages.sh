#!/usr/bin/env bash
# What only `make test-lake` needs beside its Python packages: Postgres. Its cluster is not used; the
# tests make their own.
set -euo pipefail

command -v initdb >/dev/null && exit 0
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null && exit 0

give_up() { echo "$1; the tests of the lake are skipped" >&2; exit 0; }
command -v apt-get >/dev/null || give_up "Postgres is not there, and there is no apt-get to install it"
sudo=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || give_up "Postgres is not there, and only root can install it"
    sudo=(sudo)
fi
echo "Installing Postgres for the tests of the lake"
"${sudo[@]}" apt-get update -qq || give_up "the package lists cannot be fetched"
"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends postgresql >/dev/null || give_up "Postgres cannot be installed"
