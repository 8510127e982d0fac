#!/bin/sh
# Makes sure of the Chinese letters of printed reports; only root on Debian can install them.
# Without them everything runs but the PDF of a report, which then says what is missing.
set -eu
font() { find /usr/share/fonts /usr/local/share/fonts /Library/Fonts -name "$1" 2>/dev/null | grep -q .; }

font wqy-microhei.ttc && exit
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends fonts-wqy-microhei; } \
        >/dev/null 2>&1 </dev/null && exit
fi
font 'NotoSansCJK-Regular.ttc' && exit
echo "Reports as PDF need a Chinese font: install the package fonts-wqy-microhei." >&2
