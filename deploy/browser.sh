#!/bin/sh
# Makes sure of Chromium and of a font with Chinese letters; only root on Debian can install them.
set -eu
found() {
    for name in chromium chromium-browser google-chrome; do
        command -v "$name" >/dev/null && return
    done
    return 1
}
chinese() { command -v fc-list >/dev/null && [ -n "$(fc-list :lang=zh-cn family)" ]; }

found && chinese && exit
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq >&2
    apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk fontconfig >/dev/null </dev/null
    exit
fi
echo "The journeys need Chromium and a Chinese font: install the packages chromium and fonts-noto-cjk." >&2
exit 1
