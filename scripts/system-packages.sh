#!/usr/bin/env bash
# What pip cannot bring: the text layout libraries that WeasyPrint loads, and a Chinese font.
set -euo pipefail

have_library() { ldconfig -p 2>/dev/null | grep -q "$1"; }
have_font() { command -v fc-list >/dev/null && fc-list : family | grep -q "$1"; }
have_venv() { "${PYTHON:-python3}" -c 'import ensurepip, venv' 2>/dev/null; }

missing=()
command -v fc-list >/dev/null || missing+=(fontconfig)
have_library libpango-1.0.so || missing+=(libpango-1.0-0)
have_library libpangoft2-1.0.so || missing+=(libpangoft2-1.0-0)
have_library libharfbuzz-subset.so || missing+=(libharfbuzz-subset0)
have_font 'Noto Sans CJK SC' || missing+=(fonts-noto-cjk)
have_font 'Noto Serif CJK SC' || missing+=(fonts-noto-cjk)
have_font 'DejaVu Sans' || missing+=(fonts-dejavu-core)
have_venv || missing+=(python3-venv)
[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
    echo "Please install what corresponds to these Debian packages, then run make again:" >&2
    printf '  %s\n' "${missing[@]}" >&2
    echo "(Fedora: pango harfbuzz google-noto-sans-cjk-fonts google-noto-serif-cjk-fonts;" >&2
    echo " macOS: brew install pango, and the font casks font-noto-sans-cjk-sc font-noto-serif-cjk-sc.)" >&2
    exit 1
fi

sudo=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "Run as root: apt-get install ${missing[*]}" >&2; exit 1; }
    sudo=(sudo)
fi
echo "Installing system packages: ${missing[*]}"
"${sudo[@]}" apt-get update -qq
"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
